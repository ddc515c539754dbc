/** Makes an element with text or children, and nothing that a strict CSP would stop. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

/** A table whose rows are replaced as a whole; `empty` is what it says without rows. */
export function createTable(
  title: string,
  columns: readonly string[],
  empty: string,
): {
  readonly element: HTMLElement;
  show(rows: readonly (readonly string[])[]): void;
} {
  const body = make("tbody");
  const note = make("p", { className: "quiet", textContent: empty });
  const head = make("tr", {}, ...columns.map((name) => make("th", { scope: "col", textContent: name })));
  const table = make("table", { hidden: true }, make("thead", {}, head), body);
  let shown = "";
  return {
    element: make("section", {}, make("h2", { textContent: title }), note, table),
    show(rows) {
      const next = JSON.stringify(rows);
      if (next === shown) return;
      shown = next;
      note.hidden = rows.length > 0;
      table.hidden = rows.length === 0;
      body.replaceChildren(
        ...rows.map((cells) =>
          make("tr", {}, ...cells.map((text) => make("td", { textContent: text, title: text }))),
        ),
      );
    },
  };
}
