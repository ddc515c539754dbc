import type { Owner } from "./owner.ts";
import { type Size, sameSize } from "./size.ts";

/** Asks the owner for the size that viewers want, once for each. */
export interface SizeRequest {
  send(): void;
  /** The terminal has another size, or another owner: what was asked for is no longer under way. */
  settle(): void;
}

/** @param obey an old owner, which never tells, is taken to have that size at once */
export function createSizeRequest(
  wanted: () => Size | undefined,
  owner: () => Owner | undefined,
  current: () => Size,
  obey: (size: Size) => void,
): SizeRequest {
  let asked: Size | undefined;
  return {
    send() {
      const [size, to] = [wanted(), owner()];
      if (to === undefined || size === undefined || sameSize(size, asked ?? current())) return;
      to.resize(size);
      if (to.isOld) obey(size);
      else asked = size;
    },
    settle() {
      asked = undefined;
    },
  };
}
