import { make } from "./dom.ts";
import type { Entry, Inspectable } from "./inspectable.ts";

/** Lines on the screen; the export has all that the trace keeps. */
const SHOWN = 200;

const lineOf = ({ at, kind, name, detail }: Entry): string =>
  `${new Date(at).toISOString().slice(11, 23)} ${kind.padEnd(9)} ${name} ${detail === undefined ? "" : JSON.stringify(detail)}`;

function download(client: Inspectable): void {
  const text = JSON.stringify(client.trace.export(), undefined, 1);
  const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  make("a", { href, download: `holdfast-trace-${client.projectId}.json` }).click();
  // After the browser took it up.
  setTimeout(() => URL.revokeObjectURL(href));
}

/** The newest lines of the trace, with a filter, a pause and the export. */
export function createFrames(client: Inspectable): {
  readonly element: HTMLElement;
  draw(entries: readonly Entry[]): void;
} {
  let isPaused = false;
  let newest = -1;
  const filter = make("input", { type: "search", placeholder: "filter", ariaLabel: "Filter the trace" });
  const pause = make("button", { type: "button", textContent: "Pause", ariaPressed: "false" });
  const save = make("button", { type: "button", textContent: "Export" });
  const list = make("ol", { className: "frames", tabIndex: 0, ariaLabel: "Trace, newest first" });

  const draw = (entries: readonly Entry[], isForced = false): void => {
    const last = entries.at(-1)?.n ?? 0;
    if (!isForced && (isPaused || last === newest)) return;
    newest = last;
    const wanted = filter.value.toLowerCase();
    const lines: HTMLElement[] = [];
    for (let i = entries.length - 1; i >= 0 && lines.length < SHOWN; i--) {
      const entry = entries[i];
      const line = entry === undefined ? "" : lineOf(entry);
      if (line.toLowerCase().includes(wanted)) lines.push(make("li", { textContent: line }));
    }
    list.replaceChildren(...lines);
  };
  filter.addEventListener("input", () => draw(client.trace.getSnapshot(), true));
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.ariaPressed = String(isPaused);
    pause.textContent = isPaused ? "Go on" : "Pause";
    draw(client.trace.getSnapshot());
  });
  save.addEventListener("click", () => download(client));

  return {
    element: make(
      "section",
      {},
      make("div", { className: "tools" }, make("h2", { textContent: "Trace" }), filter, pause, save),
      list,
    ),
    draw,
  };
}
