import { expect, test } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import { asksForColor, swallowQueries } from "../../sdk/emulator/queries.ts";
import type { Terminal } from "./state-dump.ts";
import { bytesOf, createTerminal, feed, screenOf } from "./terminals.ts";

const size = { cols: 80, rows: 24 };
/** Everything an xterm.js terminal answers, and what others do. */
const queries = [
  "\x1b[c",
  "\x1b[0c",
  "\x1b[>c",
  "\x1b[=c",
  "\x1b[5n",
  "\x1b[6n",
  "\x1b[?6n",
  "\x1b[?25$p",
  "\x1b[4$p",
  "\x1b[>q",
  "\x1b[?u",
  "\x1b[18t",
  "\x1b[14t",
  "\x1bP$qm\x1b\\",
  "\x1bP$qr\x1b\\",
  "\x1bP+q544e\x1b\\",
  "\x1bZ",
  "\x1b]4;1;?\x07",
  "\x1b]10;?\x07",
  "\x1b]11;?\x1b\\",
  "\x1b]12;?\x07",
];

function answersOf(terminal: Terminal): string[] {
  const answers: string[] = [];
  terminal.onData((data) => answers.push(data));
  return answers;
}

test("a viewer answers no query and still takes what is typed", () => {
  const viewer = createTerminal(size);
  viewer.options.windowOptions = { getWinSizeChars: true, getWinSizePixels: true };
  swallowQueries(viewer);
  const answers = answersOf(viewer);
  for (const query of queries) feed(viewer, query);
  expect(answers).toEqual([]);
  viewer.input("ls\r");
  expect(answers).toEqual(["ls\r"]);
});

test("of all who parse a query exactly one answers, once, and replays answer none", async () => {
  const replies: string[] = [];
  const responder = createMirror({ ...size, onReply: (data) => replies.push(data) });
  const viewers = Array.from({ length: 3 }, () => createTerminal(size));
  const answers = viewers.map((viewer) => {
    swallowQueries(viewer);
    return answersOf(viewer);
  });
  await responder.write(bytesOf("\x1b[6n"));
  for (const viewer of viewers) feed(viewer, "\x1b[6n");
  expect(replies).toEqual(["\x1b[1;1R"]);

  const { data } = await responder.snapshot({ historyLines: 0 });
  for (const viewer of viewers) feed(viewer, data);
  await responder.restore({ offset: 0, ...size, data: `${data}${queries.join("")}` });
  expect(replies.length).toBe(1);
  expect(answers).toEqual([[], [], []]);
  responder.dispose();
});

test("sequences that only look like queries keep their effect", () => {
  const viewer = createTerminal(size);
  viewer.options.windowOptions = { pushTitle: true, popTitle: true };
  swallowQueries(viewer);
  const titles: string[] = [];
  viewer.onTitleChange((title) => titles.push(title));
  feed(viewer, "\x1b]2;one\x07\x1b[22;2t\x1b]2;two\x07\x1b[23;2t");
  expect(titles).toEqual(["one", "two", "one"]);
  feed(viewer, "\x1b[?2004h\x1b[31mred");
  expect(viewer.modes.bracketedPasteMode).toBe(true);
  expect(screenOf(viewer)[0]).toBe("red");
});

test("the focus report that turning reports on gives is told apart from one the user causes", () => {
  const viewer = createTerminal(size);
  const swallowed = swallowQueries(viewer);
  // As the browser's terminal does when the mode is set.
  const core = (
    viewer as unknown as { _core: { _inputHandler: { onRequestSendFocus(l: () => void): void } } }
  )._core;
  core._inputHandler.onRequestSendFocus(() => viewer.input("\x1b[I", false));
  const sent: string[] = [];
  viewer.onData((data) => swallowed.isAnswer(data) || sent.push(data));
  feed(viewer, "\x1b[?1000;1004h");
  expect(sent).toEqual([]);
  viewer.input("\x1b[I");
  expect(sent).toEqual(["\x1b[I"]);
});

test("an answer that was expected and did not come excuses nothing later", async () => {
  const viewer = createTerminal(size);
  const swallowed = swallowQueries(viewer);
  feed(viewer, "\x1b[?1004h");
  await Promise.resolve();
  expect(swallowed.isAnswer("\x1b[I")).toBe(false);
});

test("colours that are set beside a question are set", () => {
  const viewer = createTerminal(size);
  const set: string[] = [];
  viewer.parser.registerOscHandler(4, (data) => {
    set.push(data);
    return true;
  });
  swallowQueries(viewer);
  feed(viewer, "\x1b]4;1;?\x07\x1b]4;2;?;3;#fff\x07\x1b]4;5;#000\x07");
  expect(set).toEqual(["2;?;3;#fff", "5;#000"]);
});

test("a colour is asked for by a question mark in place of a value", () => {
  expect(["1;?", "?", "1;#fff;2;?"].map(asksForColor)).toEqual([true, true, true]);
  expect(["1;#fff", "", "rgb:?"].map(asksForColor)).toEqual([false, false, false]);
});
