import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { createAuthenticator } from "../../server/auth/authenticator.ts";
import { createJwtVerifier } from "../../server/auth/jwt.ts";
import { Fault } from "../../server/core/fault.ts";

const SECRET = "a secret that is long enough for HS256";
const NOW = Date.parse("2026-11-21T12:00:00Z");
const now = () => NOW;
const seconds = (ms: number) => Math.floor(ms / 1_000);

const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface TokenOptions {
  readonly claims?: Record<string, unknown>;
  readonly key?: Uint8Array | CryptoKey;
  readonly alg?: string;
  readonly kid?: string;
}

function sign({
  claims = {},
  key = new TextEncoder().encode(SECRET),
  alg = "HS256",
  kid,
}: TokenOptions = {}) {
  return new SignJWT({ sub: "ada", exp: seconds(NOW) + 60, ...claims })
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .sign(key);
}

describe("an HS256 token", () => {
  const verify = createJwtVerifier({ secret: SECRET }, now);

  test("names its user, its expiry and its projects", async () => {
    const token = await sign({ claims: { projects: { p1: "viewer" } } });
    expect(await verify(token)).toEqual({
      userId: "ada",
      expiresAt: NOW + 60_000,
      projects: { p1: "viewer" },
    });
  });

  test.each([
    ["that is no JWT", () => "nonsense"],
    ["signed with another secret", () => sign({ key: new TextEncoder().encode("x".repeat(32)) })],
    ["without sub", () => sign({ claims: { sub: undefined } })],
    ["with an empty sub", () => sign({ claims: { sub: "" } })],
    ["without exp", () => sign({ claims: { exp: undefined } })],
    ["not valid yet", () => sign({ claims: { nbf: seconds(NOW) + 60 } })],
    ["with HS512, which is not allowed", () => sign({ alg: "HS512", key: new Uint8Array(64) })],
    ["with projects that are none", () => sign({ claims: { projects: 7 } })],
    ["with a role that is none", () => sign({ claims: { projects: { p1: "owner" } } })],
    ["with alg none", () => unsigned({ sub: "ada", exp: seconds(NOW) + 60 })],
  ])("%s is UNAUTHENTICATED", async (_what, make) => {
    expect(await verify(await make())).toBe("UNAUTHENTICATED");
  });

  test("is taken until 5 s after it expired, and is TOKEN_EXPIRED then", async () => {
    expect(await verify(await sign({ claims: { exp: seconds(NOW) - 4 } }))).toMatchObject({ userId: "ada" });
    expect(await verify(await sign({ claims: { exp: seconds(NOW) - 6 } }))).toBe("TOKEN_EXPIRED");
  });

  test("must have the issuer and the audience that are asked for", async () => {
    const strict = createJwtVerifier(
      { secret: SECRET, issuer: "https://login", audience: ["holdfast"] },
      now,
    );
    expect(await strict(await sign({ claims: { iss: "https://login", aud: "holdfast" } }))).toMatchObject({
      userId: "ada",
    });
    expect(await strict(await sign({ claims: { iss: "https://login", aud: "other" } }))).toBe(
      "UNAUTHENTICATED",
    );
    expect(await strict(await sign({ claims: { iss: "https://evil", aud: "holdfast" } }))).toBe(
      "UNAUTHENTICATED",
    );
    expect(await strict(await sign())).toBe("UNAUTHENTICATED");
  });

  test("needs a secret, and an algorithm for secrets", () => {
    expect(() => createJwtVerifier({ secret: "" }, now)).toThrow(/empty/);
    expect(() => createJwtVerifier({ secret: SECRET, algorithms: ["RS256"] }, now)).toThrow(/does not fit/);
    expect(() => createJwtVerifier({ secret: SECRET, algorithms: ["none"] }, now)).toThrow(/does not fit/);
  });
});

describe("an asymmetric token", () => {
  test("is checked with the key set given inline, also when several keys fit", async () => {
    const [first, second] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
    const keys = [await exportJWK(first.publicKey), await exportJWK(second.publicKey)];
    const verify = createJwtVerifier({ jwks: { keys } }, now);
    const token = await sign({ alg: "ES256", key: second.privateKey });
    expect(await verify(token)).toMatchObject({ userId: "ada" });
    const stranger = await generateKeyPair("ES256");
    expect(await verify(await sign({ alg: "ES256", key: stranger.privateKey }))).toBe("UNAUTHENTICATED");
  });

  test("is not forged by signing with the public key as an HMAC secret", async () => {
    const pair = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: "k1", alg: "RS256" };
    const verify = createJwtVerifier({ jwks: { keys: [jwk] } }, now);
    const forged = await sign({ key: new TextEncoder().encode(JSON.stringify(jwk)), kid: "k1" });
    expect(await verify(forged)).toBe("UNAUTHENTICATED");
  });

  test("is checked with keys from a URL; keys out of reach are the server's trouble, not the token's", async () => {
    const pair = await generateKeyPair("ES256");
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: "k1" };
    let isUp = false;
    const server = createServer((_request, response) => {
      response.writeHead(isUp ? 200 : 503).end(JSON.stringify({ keys: [jwk] }));
    }).listen(0, "127.0.0.1");
    closers.push(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const verify = createJwtVerifier({ jwksUrl: `http://127.0.0.1:${port}/keys` }, now);
    const token = await sign({ alg: "ES256", key: pair.privateKey, kid: "k1" });
    const refused = await verify(token).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Fault);
    expect(refused).toMatchObject({ code: "UNAVAILABLE", retryAfterMs: 1_000 });
    isUp = true;
    expect(await verify(token)).toMatchObject({ userId: "ada" });
    expect(await verify(await sign({ alg: "ES256", key: pair.privateKey, kid: "other" }))).toBe(
      "UNAUTHENTICATED",
    );
  });
});

describe("a principal", () => {
  const authenticator = createAuthenticator({ auth: { secret: SECRET }, now });
  const principalOf = async (projects: unknown, from = authenticator) => {
    const principal = await from.verify(await sign({ claims: { projects } }));
    if (typeof principal === "string") throw new Error(principal);
    return principal;
  };

  test("of `*` edits everything", async () => {
    const principal = await principalOf("*");
    expect(principal).toMatchObject({ userId: "ada", local: false, readsAll: true, expiresAt: NOW + 60_000 });
    expect(principal.roleIn("anything")).toBe("editor");
  });

  test("of a list edits what is listed", async () => {
    const principal = await principalOf(["p1"]);
    expect([principal.roleIn("p1"), principal.roleIn("p2"), principal.readsAll]).toEqual([
      "editor",
      undefined,
      false,
    ]);
  });

  test("of a record has the roles in it, and none by the names of an object's own parts", async () => {
    const principal = await principalOf({ p1: "viewer", p2: "editor" });
    const asked = ["p1", "p2", "p3", "constructor", "__proto__", "toString"];
    expect(asked.map((id) => principal.roleIn(id))).toEqual([
      "viewer",
      "editor",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("without projects has the default access", async () => {
    expect((await principalOf(undefined)).roleIn("p1")).toBeUndefined();
    const lenient = createAuthenticator({ auth: { secret: SECRET }, defaultAccess: "viewer", now });
    const viewer = await principalOf(undefined, lenient);
    expect([viewer.roleIn("p1"), viewer.readsAll]).toEqual(["viewer", true]);
    expect((await principalOf([], lenient)).roleIn("p1")).toBeUndefined();
  });
});

describe("an application's own verifyToken", () => {
  const verifyWith = (answer: () => unknown) =>
    // What an application returns at run time is not always what the types promise.
    createAuthenticator({ auth: { verifyToken: async () => answer() as never }, now }).verify("t");

  test("says who it is under JWT's names or plain ones", async () => {
    expect(await verifyWith(() => ({ sub: "ada", exp: seconds(NOW) + 5 }))).toMatchObject({
      userId: "ada",
      expiresAt: NOW + 5_000,
    });
    expect(await verifyWith(() => ({ userId: "bob", projects: "*" }))).toMatchObject({
      userId: "bob",
      readsAll: true,
    });
  });

  test.each([
    ["nothing", () => undefined],
    ["null", () => null],
    ["nobody", () => ({ projects: "*" })],
    ["nonsense", () => "yes"],
    [
      "an error",
      () => {
        throw new Error("no");
      },
    ],
  ])("that answers with %s refuses", async (_what, answer) => {
    expect(await verifyWith(answer)).toBe("UNAUTHENTICATED");
  });

  test("says that a token expired, by its time or by an error's code", async () => {
    expect(await verifyWith(() => ({ userId: "ada", expiresAt: NOW - 6_000 }))).toBe("TOKEN_EXPIRED");
    const expired = () => {
      throw Object.assign(new Error("late"), { code: "TOKEN_EXPIRED" });
    };
    expect(await verifyWith(expired)).toBe("TOKEN_EXPIRED");
  });
});

function unsigned(claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${encode({ alg: "none" })}.${encode(claims)}.`;
}
