import { describe, test } from "vitest";
import { protocolFacts } from "../../sdk/testing/suite/protocol-suite.ts";
import type { OpenServer } from "./server-under-test.ts";

/** The exported suite over a fresh server for each fact: it has all that any fact needs. */
export function runBehaviourSuite(name: string, open: OpenServer): void {
  const facts = protocolFacts({
    async open(setup) {
      const { dial, token, hub, close } = await open(setup);
      return { ...dial, token, setSlot: hub.bootstrap.set, shutDown: () => hub.close(), close };
    },
  });
  describe(`the protocol over ${name}`, () => {
    test.each(facts)("$section: $name", async ({ run }) => {
      const { lacked } = await run();
      if (lacked !== undefined) throw new Error(`The server lacks ${lacked}`);
    });
  });
}
