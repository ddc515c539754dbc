/** Of a terminal, in cells. */
export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export function sameSize(one: Size, other: Size): boolean {
  return one.cols === other.cols && one.rows === other.rows;
}
