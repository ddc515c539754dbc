import { $, make } from "./dom.js";

const SHOWN = 12;

const SENTENCES = {
  files: ({ event, file }) =>
    `${{ add: "added", change: "saved", unlink: "removed" }[event] ?? event} ${file}`,
  git: ({ type, message }) => `git ${type}: ${message}`,
  diagnostics: ({ diagnostics }) =>
    diagnostics.length === 0
      ? "no problems"
      : `${diagnostics.length} problems, first: ${diagnostics[0]?.message ?? ""}`,
};

/** What happens in the watched folder, newest first. */
export function showFeed(client) {
  const list = $("#feed");
  const add = (text) => {
    list.prepend(make("li", { textContent: text }));
    while (list.children.length > SHOWN) list.lastChild.remove();
    $("#no-feed").hidden = true;
  };
  for (const [channel, sentence] of Object.entries(SENTENCES)) {
    client.channel(channel).subscribe((data) => add(sentence(data)));
  }
}
