export const $ = (selector) => document.querySelector(selector);

/** Makes an element. `dataset` is merged; everything else is a property. */
export function make(tag, { dataset = {}, ...properties } = {}, ...children) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  Object.assign(element.dataset, dataset);
  element.append(...children);
  return element;
}

/** Writes text only where it changed, so that nothing that is selected or read aloud is disturbed. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Keeps one element per key under a parent, in order; moves only what is out of place. */
export function createList(parent, create) {
  const rows = new Map();
  return (items) => {
    const keys = new Set(items.map(({ id }) => id));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      // Another list may have taken it over.
      if (row.element.parentElement === parent) row.element.remove();
      row.dispose?.();
      rows.delete(key);
    }
    items.forEach((item, index) => {
      let row = rows.get(item.id);
      if (row === undefined) {
        row = create(item);
        rows.set(item.id, row);
      }
      row.show?.(item);
      if (parent.children[index] !== row.element)
        parent.insertBefore(row.element, parent.children[index] ?? null);
    });
  };
}

/** Oldest first; what the server has not dated yet comes last. */
export const byAge = (a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
