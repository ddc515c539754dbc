import type { TerminalRegister } from "../../../../sdk/protocol/index.ts";
import { Fault } from "../../fault.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { About, Farewell, TerminalRelay } from "../../ports/terminal-relay.ts";
import type { Registry } from "../registry.ts";
import { createSerial } from "../serial.ts";
import type { Stream } from "../stream.ts";
import type { Terminal } from "../terminal.ts";
import type { TerminalLimits } from "../terminal-limits.ts";
import { type Away, createAway } from "./away.ts";
import { aboutClaim, refuseIntruder } from "./claim.ts";
import { aboutOf, createHome, type Home, type Told } from "./home.ts";

/** Time between looks for what no message told of, in milliseconds; a third of how long listening counts, and less. */
const LOOK_MS = 3_000;
/** Every ten minutes a home says again what it has, which keeps its place from being forgotten. */
const LOOKS_A_CHECK = 200;
const MOST_CLAIMS = 5;

export interface RelayedDeps {
  readonly relay: TerminalRelay;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: TerminalLimits;
  readonly createId: () => string;
  readonly createTerminal: (sessionId: string, projectId: string) => Terminal;
  /** The terminal is no more; whoever watches it is told. */
  readonly remove: (terminal: Terminal, farewell: Farewell) => void;
}

/** The terminals of this server among those of all: which are told to others, and which are shown from others. */
export interface Relayed {
  /** Shows the terminal of a session here if another server has it. @throws StoreUnavailable */
  bring(sessionId: string): Promise<void>;
  /**
   * Makes this server the home, before an owner registers.
   * @throws Fault `CONFLICT` when another has a live owner and `resume` is not its own; StoreUnavailable
   */
  claim(sessionId: string, projectId: string, resume: TerminalRegister["resume"]): Promise<void>;
  /** The owner that a claim was for did not come after all. */
  giveUp(sessionId: string): void;
  /** An owner has the terminal now. Resolves when others can know. */
  taken(terminal: Terminal): Promise<void>;
  changed(terminal: Terminal): void;
  /** It is no more, anywhere. */
  removed(terminal: Terminal, farewell: Farewell): void;
  /** Calls back when another server gets a terminal for the session. Returns how to stop. */
  whenElsewhere(sessionId: string, callback: () => void): () => void;
  /** Owners go to other servers. */
  shutdown(): void;
}

export function createRelayed(deps: RelayedDeps): Relayed {
  const { relay, registry, clock, log, limits, createId } = deps;
  const homes = new Map<
    string,
    { readonly home: Home; readonly terminal: Terminal; readonly stop: () => void }
  >();
  const aways = new Map<string, Away>();
  /** What was claimed and has no owner yet. */
  const claims = new Map<
    string,
    {
      readonly gen: number;
      readonly about: About;
      readonly told: Told | undefined;
      readonly stream: Stream | undefined;
    }
  >();
  const opening = createSerial();
  let looks = 0;
  let isOver = false;

  function newAway(sessionId: string): Away {
    const away = createAway({
      ...{ sessionId, relay, clock, log, limits, createId },
      createTerminal: (projectId) => deps.createTerminal(sessionId, projectId),
      onIdle() {
        const shown = closeAway(sessionId);
        // Nobody watches it, so nobody is told.
        if (shown !== undefined) drop(shown);
      },
      onOver(farewell) {
        const shown = closeAway(sessionId);
        if (shown !== undefined) deps.remove(shown, farewell);
      },
    });
    aways.set(sessionId, away);
    return away;
  }

  function closeAway(sessionId: string): Terminal | undefined {
    const away = aways.get(sessionId);
    aways.delete(sessionId);
    away?.dispose();
    return away?.terminal;
  }

  function drop(terminal: Terminal): void {
    registry.remove(terminal);
    terminal.dispose(
      { sessionId: terminal.sessionId, exitCode: null },
      new Fault("NOT_FOUND", "Terminal session not found"),
    );
  }

  async function bringNow(sessionId: string): Promise<void> {
    if (isOver || registry.get(sessionId) !== undefined || claims.has(sessionId)) return;
    const place = await relay.find(sessionId);
    if (place === undefined || place.home === relay.serverId) return;
    const away = newAway(sessionId);
    try {
      if (!(await away.open(place)) || away.terminal === undefined) {
        closeAway(sessionId);
        return;
      }
      registry.makeRoom();
    } catch (error) {
      const shown = closeAway(sessionId);
      if (shown !== undefined) drop(shown);
      throw error;
    }
    registry.add(away.terminal);
    away.look();
  }

  const bring = (sessionId: string): Promise<void> => opening.run(sessionId, () => bringNow(sessionId));

  async function claimNow(
    sessionId: string,
    projectId: string,
    resume: TerminalRegister["resume"],
  ): Promise<void> {
    for (let tries = 0; tries < MOST_CLAIMS; tries += 1) {
      const place = await relay.find(sessionId);
      const own = homes.get(sessionId);
      if (own !== undefined && place?.gen === own.home.gen) return;
      if (place !== undefined) refuseIntruder(relay, place, resume);
      if (place !== undefined && resume?.epoch === place.epoch) {
        await bringNow(sessionId);
        await aways.get(sessionId)?.catchUp();
      }
      const about = aboutClaim(place, projectId);
      const gen = await relay.claim(sessionId, place?.gen ?? 0, about);
      if (gen === undefined) continue;
      const told = aways.get(sessionId)?.told ?? own?.home.told;
      closeAway(sessionId);
      closeHome(sessionId);
      // Without the key the owner that went away is not replaced but given up.
      const shown = registry.get(sessionId);
      if (shown?.isElsewhere && resume?.resumeKey !== place?.resumeKey) shown.leave();
      claims.set(sessionId, { gen, about, told, stream: shown?.stream });
      return;
    }
    throw new Fault("UNAVAILABLE", "Too many owners want the terminal", { retryAfterMs: 1_000 });
  }

  function closeHome(sessionId: string): void {
    const own = homes.get(sessionId);
    homes.delete(sessionId);
    own?.stop();
    own?.home.dispose();
  }

  function openHome(terminal: Terminal, gen: number, told: Told | undefined): Home {
    const { sessionId } = terminal;
    closeHome(sessionId);
    const onMoved = (): void =>
      void letGo(terminal).catch((error: unknown) => {
        log.info({ sessionId, err: error }, "where a terminal went could not be found out");
        // Asked again at the next look.
        if (!homes.has(sessionId) && registry.get(sessionId) === terminal) openHome(terminal, gen, told);
      });
    const home = createHome({ terminal, relay, clock, log, limits, createId, onMoved }, gen, told);
    const stop = relay.hear(sessionId, {
      onReady: home.recovered,
      onChange: () => undefined,
      onClaim: home.check,
      onMessage: home.hear,
      onFarewell: () => undefined,
    });
    homes.set(sessionId, { home, terminal, stop });
    return home;
  }

  /** Another server has the owner now; or the relay forgot that this one has. */
  async function letGo(terminal: Terminal): Promise<void> {
    const { sessionId } = terminal;
    const own = homes.get(sessionId);
    if (own?.terminal !== terminal) return;
    const place = await relay.find(sessionId);
    if (isOver || homes.get(sessionId) !== own) return;
    if (place === undefined || place.gen <= own.home.gen) {
      const gen = await relay.claim(sessionId, place?.gen ?? 0, aboutOf(terminal));
      if (isOver || homes.get(sessionId) !== own) return;
      // What is kept may be of another time: a new life begins when somebody asks.
      if (gen !== undefined) openHome(terminal, gen, undefined);
      else await letGo(terminal);
      return;
    }
    closeHome(sessionId);
    if (place.epoch === terminal.stream.epoch) newAway(sessionId).resume(terminal, place, own.home.told);
    else newAway(sessionId).resume(terminal, place, undefined);
  }

  function lookAtAll(): void {
    if (isOver) return;
    looks += 1;
    for (const { home } of homes.values()) looks % LOOKS_A_CHECK === 0 ? home.check() : home.look();
    for (const away of [...aways.values()]) away.look();
    cancelLook = clock.schedule(LOOK_MS, lookAtAll);
  }
  let cancelLook = clock.schedule(LOOK_MS, lookAtAll);
  const stops = [
    relay.onReply((message) => {
      for (const away of aways.values()) away.answered(message);
    }),
    relay.onUp(() => {
      for (const { home } of homes.values()) home.recovered();
      for (const away of aways.values()) away.look();
    }),
  ];

  return {
    bring,
    claim: (sessionId, projectId, resume) =>
      opening.run(sessionId, () => claimNow(sessionId, projectId, resume)),
    giveUp(sessionId) {
      const claimed = claims.get(sessionId);
      claims.delete(sessionId);
      const terminal = registry.get(sessionId);
      if (claimed === undefined) return;
      if (terminal === undefined) {
        relay.tell(sessionId, claimed.gen, { ...claimed.about, isLost: true }).catch(() => undefined);
        return;
      }
      // What was shown from elsewhere waits for an owner here; what was here is told on.
      if (terminal.isElsewhere) terminal.leave();
      openHome(terminal, claimed.gen, claimed.told);
    },
    async taken(terminal) {
      const { sessionId } = terminal;
      const claimed = claims.get(sessionId);
      claims.delete(sessionId);
      const goesOn = claimed?.stream === terminal.stream;
      const home =
        claimed === undefined
          ? homes.get(sessionId)?.home
          : openHome(terminal, claimed.gen, goesOn ? claimed.told : undefined);
      await home?.introduce();
    },
    changed({ sessionId }) {
      homes.get(sessionId)?.home.look();
    },
    removed(terminal, farewell) {
      const { sessionId } = terminal;
      closeAway(sessionId);
      const own = homes.get(sessionId);
      if (own?.terminal !== terminal) return;
      closeHome(sessionId);
      relay.release(sessionId, own.home.gen, farewell).catch((error: unknown) => {
        log.info({ sessionId, err: error }, "the end of a terminal could not be told to other servers");
      });
    },
    whenElsewhere(sessionId, callback) {
      if (registry.get(sessionId) !== undefined || aways.has(sessionId)) return () => undefined;
      const look = (): void => {
        if (registry.get(sessionId) !== undefined) return;
        bring(sessionId).then(
          () => registry.get(sessionId) !== undefined && callback(),
          () => undefined,
        );
      };
      // Until it is brought nobody else listens to it here.
      return relay.hear(sessionId, {
        onReady: look,
        onChange: look,
        onClaim: () => undefined,
        onMessage: () => undefined,
        onFarewell: () => undefined,
      });
    },
    shutdown() {
      isOver = true;
      cancelLook();
      for (const stop of stops) stop();
      for (const { home, terminal } of homes.values()) {
        const about: About = { ...aboutOf(terminal), isLost: true };
        relay.tell(terminal.sessionId, home.gen, about).catch(() => undefined);
      }
      for (const sessionId of [...homes.keys()]) closeHome(sessionId);
      for (const sessionId of [...aways.keys()]) closeAway(sessionId);
    },
  };
}
