import { LIMITS, TERMINAL_LIMITS } from "../../../sdk/protocol/limits.ts";

/** Bounds of the service; an application may change each. Sizes in bytes, times in milliseconds. */
export const DEFAULT_TERMINAL_LIMITS = {
  ...TERMINAL_LIMITS,
  /** Terminals of one server, ended ones included: a hot one takes about 3 MiB. The oldest ended goes first. */
  terminals: 1_000,
  /** Terminals one socket may own, and terminals one socket may watch. */
  perSocket: LIMITS.roomsPerSocket,
  /**
   * Lines of history that the emulator keeps for a viewer who asks for so many; what is asked for beyond is not there.
   * Until somebody asks for more than the default, that is what it keeps: 1,000 lines of 120 columns take 1.5 MB.
   */
  mirrorLines: TERMINAL_LIMITS.historyMax,
  /** A terminal without output for so long is packed. */
  hibernateMs: 5 * 60_000,
  /** The owner is told to pause above, and to go on below. */
  unreadHigh: 1 * 1024 * 1024,
  unreadLow: 256 * 1024,
  /** A socket with this much unsent gets nothing more of any terminal until it drained. */
  unsentHigh: 256 * 1024,
  /** Input that waits for an owner or its ack, a terminal; more is refused. */
  inputWaiting: LIMITS.frameBytes,
  /** How long after an input output counts as its echo. */
  echoMs: 100,
} as const;

export type TerminalLimits = { readonly [K in keyof typeof DEFAULT_TERMINAL_LIMITS]: number };
