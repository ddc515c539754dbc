import { createClient } from "../../sdk/client.ts";
import type { Mutation } from "../../sdk/mutations/index.ts";
import type { Task } from "../../sdk/protocol/index.ts";
import type { Browser, Page } from "./browser.ts";
import { createPictures, type Pictures } from "./pictures.ts";
import type { Step } from "./schedule.ts";
import type { ChaosWorld } from "./world.ts";

export type ChaosClient = ReturnType<typeof createClient>;

/** A write, and the text by which it is told from every other. */
export interface Made {
  readonly mutation: Mutation;
  readonly text: string;
  /** Its page crashed before the device had it and before the server was known to: it may be lost. */
  mayBeLost: boolean;
}

/** A tab: a page after the other, with what it did and everything it ever showed. */
export interface Tab {
  readonly client: ChaosClient;
  readonly made: readonly Made[];
  readonly pictures: readonly Pictures[];
  write(step: Step): void;
  reload(): Promise<void>;
  /** Closed for long enough that other tabs adopt what it had to say. */
  leave(step: Step): Promise<void>;
  crash(): Promise<void>;
}

/** @param browser `undefined`: nothing is kept, and a reload starts from nothing */
export function createTab(world: ChaosWorld, name: string, browser: Browser | undefined): Tab {
  const made: Made[] = [];
  const pictures: Pictures[] = [];
  let pages = 0;
  let page: Page | undefined;
  let network: ReturnType<ChaosWorld["network"]["open"]>;
  let client: ChaosClient;

  const open = (picture: Pictures): void => {
    pages += 1;
    const number = pages;
    page = browser?.openPage();
    network = world.network.open();
    const { persistence } = page ?? {};
    const mine = createClient({
      url: "http://memory",
      projectId: "p1",
      transport: network.connect,
      clock: world.clock,
      random: world.random,
      auth: world.tokens.auth,
      createId: () => world.createId(`${name}p${pages}`),
      onError(error) {
        // Nobody hears a page that is gone.
        if (number === pages) world.onError(error);
      },
      ...(persistence === undefined ? {} : { persistence }),
    });
    client = mine;
    mine.tasks.subscribe(() => {
      if (number === pages) picture.look(mine.tasks.list());
    });
    mine.mutations.onRejected(({ id }, error) => {
      if (number === pages) world.onRejected(id, error);
    });
    mine.status.subscribe(() => {
      // Three bad tokens in a row, and the application is asked: this one says try again.
      if (mine.status.getSnapshot().name !== "refused") return;
      world.clock.schedule(5_000, () => {
        if (number === pages && mine.status.getSnapshot().name === "refused")
          mine.reconnect().catch(() => {});
      });
    });
    // A page that is closed while it connects says so.
    mine.connect().catch(() => {});
  };

  const note = (): void => {
    for (const { kind, name: what, detail } of client.trace.getSnapshot()) {
      if (kind !== "mutation" || what !== "adopted") continue;
      // `{id}` is `{clientId}:{n}`, and a clientId begins with the name of its tab.
      const { id } = detail as { id: string };
      if (!id.startsWith(`${name}p`)) world.count["two tabs"] += 1;
    }
  };

  const close = async (): Promise<void> => {
    await world.until(client.close());
    // Its locks are free, as when a page is gone.
    page?.kill();
    note();
  };
  const newPicture = (): Pictures => {
    const picture = createPictures();
    pictures.push(picture);
    return picture;
  };
  /** A page is looked at before it is touched; what was kept is there by then. */
  const show = async (picture: Pictures): Promise<void> => {
    open(picture);
    await world.pass(800);
  };

  const write = ({ roll, pick }: Step): void => {
    const { tasks } = client;
    const list: readonly Task[] = tasks.list();
    const task = list[Math.floor(pick * list.length)];
    const text = world.createId("x");
    const keep = (mutation: Mutation): void => void made.push({ mutation, text, mayBeLost: false });
    if (task === undefined || roll < 0.2) keep(tasks.create({ title: text, tags: [] }));
    else if (roll < 0.5) keep(tasks.update(task.id, (draft) => void Object.assign(draft, { title: text })));
    else if (roll < 0.75) {
      // Made with a list of tags above.
      keep(tasks.update(task.id, (draft) => void (draft["tags"] as string[]).push(text)));
    } else if (roll < 0.8) keep(tasks.remove(task.id));
    else keep(tasks.update(task.id, (draft) => void Object.assign(draft, { note: text })));
  };

  open(newPicture());

  return {
    get client() {
      return client;
    },
    made,
    pictures,
    write,
    async reload() {
      if (browser === undefined) return;
      world.count.reload += 1;
      await close();
      const [picture] = pictures.slice(-1);
      if (picture !== undefined) await show(picture);
    },
    async leave(step) {
      if (browser === undefined) return;
      world.network.cut();
      write(step);
      await close();
      await world.pass(5_000);
      // What it wrote is another tab's now, and not shown here before the server has it.
      await show(newPicture());
    },
    async crash() {
      if (browser === undefined) return;
      world.count.crash += 1;
      const { kept } = browser;
      page?.kill();
      network.kill();
      for (const one of made) {
        const isTold = ["acknowledged", "synced", "rejected"].includes(one.mutation.status);
        if (!isTold && !kept.has(one.mutation.id)) one.mayBeLost = true;
      }
      note();
      // Of the copy of the project half a second may be missing: a picture of it may come back.
      await show(newPicture());
    },
  };
}
