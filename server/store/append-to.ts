/** Puts an item at the end of the list of that name, a new one if there is none. */
export function appendTo<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}
