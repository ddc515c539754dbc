import { expect } from "vitest";
import type { TokenRequest } from "../../sdk/auth/auth.ts";
import { type FakeClient, fakeClient } from "../client/fake-client.ts";

export const HOUR = 3_600_000;

export interface Signed extends FakeClient {
  readonly requests: TokenRequest[];
}

/** A client whose tokens a test makes; `give` gets the number of the call, from 1. */
export function signedClient(
  give: (n: number, fake: FakeClient, request: TokenRequest) => string | null | Promise<string | null>,
): Signed {
  const requests: TokenRequest[] = [];
  const fake: FakeClient = fakeClient({
    auth: {
      getToken: async (request) => {
        requests.push(request);
        return give(requests.length, fake, request);
      },
    },
  });
  return { ...fake, requests };
}

/** What getToken was told, call by call. */
export const reasons = ({ requests }: Signed): string[] => requests.map(({ reason }) => reason);

export async function goLive(fake: FakeClient): Promise<void> {
  void fake.client.connect();
  await fake.settle();
  fake.serve();
  await fake.settle();
  expect(fake.status().name).toBe("live");
}

/** Answers `auth:refresh` as the server would. */
export function refreshed(fake: FakeClient, expiresAt: number): void {
  const sent = fake.network.last.wire("/ui").of("auth:refresh").at(-1);
  sent!.answer!({ success: true, expiresAt });
}
