/** Names that no other node gives. */
export function createStamps(node: string): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${node}.${count.toString(36)}`;
  };
}
