/**
 * What guards and queries need of a terminal: the public surface that @xterm/xterm and @xterm/headless share, without
 * importing either. Headless terminals need `allowProposedApi: true` for it.
 */
export interface PublicTerminal {
  readonly cols: number;
  readonly rows: number;
  readonly parser: {
    registerCsiHandler(id: SequenceId, callback: (params: SequenceParams) => boolean): Disposable;
    registerDcsHandler(
      id: SequenceId,
      callback: (data: string, params: SequenceParams) => boolean,
    ): Disposable;
    registerEscHandler(id: SequenceId, callback: () => boolean): Disposable;
    registerOscHandler(id: number, callback: (data: string) => boolean): Disposable;
  };
  readonly buffer: {
    readonly active: { readonly type: string; readonly cursorX: number; readonly cursorY: number };
    onBufferChange(listener: () => void): Disposable;
  };
  onLineFeed(listener: () => void): Disposable;
  onResize(listener: () => void): Disposable;
}

export interface SequenceId {
  prefix?: string;
  intermediates?: string;
  final: string;
}

/** Numbers, each followed by the array of its sub-parameters if it has any. */
export type SequenceParams = (number | number[])[];

export interface Disposable {
  dispose(): void;
}
