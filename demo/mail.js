import { $, byAge, createList, make } from "./dom.js";

const SHOWN = 6;

/** Who has no name here is known by the door they came through: a page, or plain HTTP as Sam does. */
const STRANGERS = { "ui:local": "A page", "http:local": "Sam" };

export function showMail(client) {
  const to = $("#send-to");
  const nameOf = (id) => client.sessions.get(id)?.name ?? STRANGERS[id] ?? id;
  const show = createList($("#mail"), ({ fromSessionId, toSessionId, body }) => ({
    element: make(
      "li",
      {},
      make("span", {
        className: "quiet",
        textContent: `${nameOf(fromSessionId)} to ${nameOf(toSessionId)} `,
      }),
      body,
    ),
  }));
  const showNames = createList(to, ({ id }) => ({
    element: make("option", { value: id, textContent: nameOf(id) }),
  }));

  const draw = () => show([...client.mail.list()].sort(byAge).slice(-SHOWN).reverse());
  const drawNames = () => showNames([...client.sessions.list()].sort(byAge));
  $("#send").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = $("#send-body");
    const body = field.value.trim();
    if (body === "" || to.value === "") return field.focus();
    client.mail.send({ toSessionId: to.value, subject: body.slice(0, 40), body });
    field.value = "";
  });
  client.mail.subscribe(draw);
  client.sessions.subscribe(drawNames);
  draw();
  drawNames();
}
