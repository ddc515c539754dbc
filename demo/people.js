import { $, createList, make } from "./dom.js";

const BEAT_MS = 5_000;
const ANIMALS = ["Otter", "Heron", "Lynx", "Finch", "Seal", "Ibex", "Crane", "Newt", "Wren", "Hare"];

function hueOf(text) {
  let hash = 0;
  for (const char of text) hash = (hash * 31 + char.codePointAt(0)) % 360;
  return hash;
}

/** Who is here, over a channel of the application's own: everybody says so from time to time. */
export function showPeople(client) {
  const me = { id: client.clientId, name: ANIMALS[hueOf(client.clientId) % ANIMALS.length] };
  const seen = new Map([[me.id, { ...me, at: Number.POSITIVE_INFINITY }]]);
  const channel = client.channel("people");
  const show = createList($("#people"), (person) => {
    const element = make("li", {
      className: "person",
      textContent: person.name[0],
      title: person.id === me.id ? `${person.name}, this page` : person.name,
    });
    element.style.setProperty("--hue", hueOf(person.id));
    return { element };
  });
  const draw = () => {
    const oldest = Date.now() - 2.5 * BEAT_MS;
    for (const [id, { at }] of seen) if (at < oldest) seen.delete(id);
    show([...seen.values()]);
  };
  const beat = (isLeaving = false) => {
    if (client.status.getSnapshot().name === "live") channel.publish({ ...me, isLeaving }).catch(() => {});
    draw();
  };

  channel.subscribe((person) => {
    if (person.id === me.id) return;
    const isNew = !seen.has(person.id);
    if (person.isLeaving) seen.delete(person.id);
    else seen.set(person.id, { ...person, at: Date.now() });
    // Who just came hears of everybody at once.
    if (isNew && !person.isLeaving) beat();
    draw();
  });
  client.status.subscribe(() => {
    if (client.status.getSnapshot().name === "live") beat();
  });
  setInterval(beat, BEAT_MS);
  addEventListener("pagehide", () => beat(true));
  draw();
}
