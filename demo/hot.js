import { $, make, say } from "./dom.js";

/** A module that is saved while the page runs it: the new version takes over without a reload. */
export function showHotModule(client) {
  const motto = $("#motto");
  const note = $("#motto-note");
  const dev = globalThis.Holdfast.createDevSync(client);
  const hot = dev.hot("motto.js", ({ module }) => say(motto, module.motto));
  const draw = () => {
    const { error } = hot.getSnapshot();
    say(note, error === undefined ? "" : `A version that failed: ${error.message}`);
  };
  hot.subscribe(draw);
  draw();
}

/** A button that saves the module's next version on the server. */
export function createSaveButton() {
  const button = make("button", { type: "button", className: "small", textContent: "Save another version" });
  button.addEventListener("click", () => void fetch("/demo/save", { method: "POST" }));
  return button;
}
