import { $, byAge, createList, make, say } from "./dom.js";
import { showTerminals } from "./terminals.js";

const ENDED = ["completed", "failed", "stopped"];

/** One session in the list: its state, whether it is in front, and an answer if it asks for one. */
function createRow(client, id) {
  const name = make("span", { className: "name" });
  const badge = make("span", { className: "badge" });
  const front = make("button", { type: "button", className: "front" }, name, badge);
  const answer = make("input", { placeholder: "Your answer", autocomplete: "off", ariaLabel: "Answer" });
  const question = make("label", { className: "question" });
  const reply = make(
    "form",
    { className: "reply", hidden: true },
    question,
    answer,
    make("button", { type: "submit", className: "primary", textContent: "Reply" }),
  );
  front.addEventListener("click", () => client.focus.toggle(id).catch(() => {}));
  reply.addEventListener("submit", (event) => {
    event.preventDefault();
    client.sessions.replyInput(id, answer.value);
    answer.value = "";
  });
  return {
    element: make("li", {}, front, reply),
    show(session) {
      say(name, session.name);
      say(badge, session.status.replace("_", " "));
      badge.dataset.status = session.status;
      const isFront = client.focus.getSnapshot().focusedSessions.includes(id);
      front.ariaPressed = String(isFront);
      front.title = isFront ? "Send to the back, for everybody" : "Bring to the front, for everybody";
      const asks = session.needsInput?.active === true;
      reply.hidden = !asks;
      say(question, asks ? (session.needsInput.message ?? "It needs input") : "");
    },
  };
}

export function showSessions(client, wanted) {
  const show = createList($("#sessions"), ({ id }) => createRow(client, id));
  const draw = () =>
    show(
      [...client.sessions.list()].sort(
        (a, b) => ENDED.includes(a.status) - ENDED.includes(b.status) || byAge(a, b),
      ),
    );

  $("#spawn").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = $("#spawn-name");
    const name = field.value.trim() || "shell";
    const { entityId, acknowledged } = client.sessions.spawn({ name, command: "shell" });
    acknowledged.then(
      () => client.focus.set(entityId, true),
      () => {},
    );
    field.value = "";
  });

  // The first page of a project brings the wanted session to the front.
  const begin = () => {
    if (client.status.getSnapshot().name !== "live") return;
    stop();
    const { focusedSessions } = client.focus.getSnapshot();
    if (focusedSessions.length === 0 && client.sessions.get(wanted) !== undefined) {
      client.focus.set(wanted, true).catch(() => {});
    }
  };
  const stop = client.status.subscribe(begin);

  client.sessions.subscribe(draw);
  client.focus.subscribe(draw);
  draw();
  showTerminals(client);
}
