import { describe, expect, test } from "vitest";
import { judgeLocal } from "../../server/auth/local-trust.ts";
import { createOrigins } from "../../server/auth/origins.ts";

const origins = createOrigins({ allowed: ["https://app.example.com"], loopback: () => true, own: () => [] });

function judge(question: {
  address?: string | undefined;
  trust?: boolean;
  headers?: Record<string, string | string[]>;
}) {
  const { address = "127.0.0.1", trust = true, headers = {} } = question;
  return judgeLocal({
    localTrust: trust,
    remoteAddress: "address" in question ? question.address : address,
    headers: { host: "127.0.0.1:3000", ...headers },
    origins,
  });
}

describe("a connection is local", () => {
  test.each([["127.0.0.1"], ["127.8.9.10"], ["::1"], ["::ffff:127.0.0.1"], ["::FFFF:127.0.0.1"]])(
    "from the loopback address %s",
    (address) => {
      expect(judge({ address })).toEqual({ local: true });
    },
  );

  test.each([
    ["localhost"],
    ["localhost:3000"],
    ["LOCALHOST:3000"],
    ["127.0.0.1"],
    ["127.0.0.1:80"],
    ["127.1.2.3:80"],
    ["[::1]"],
    ["[::1]:3000"],
    ["tauri.localhost"],
    ["app.example.com"],
    ["app.example.com:443"],
  ])("with Host %s", (host) => {
    expect(judge({ headers: { host } })).toEqual({ local: true });
  });

  test.each([
    ["http://localhost:5173"],
    ["https://127.0.0.1:8443"],
    ["http://[::1]:3000"],
    ["http://localhost"],
    ["tauri://localhost"],
    ["http://tauri.localhost"],
    ["https://tauri.localhost"],
    ["https://app.example.com"],
  ])("with Origin %s", (origin) => {
    expect(judge({ headers: { origin } })).toEqual({ local: true });
  });
});

describe("a connection is not local", () => {
  test("when local trust is off", () => {
    expect(judge({ trust: false })).toEqual({ local: false, because: "off" });
  });

  test.each([
    ["10.0.0.7"],
    ["192.168.1.2"],
    ["128.0.0.1"],
    ["::ffff:10.0.0.1"],
    ["fe80::1"],
    ["::2"],
    ["127.0.0.1.example.com"],
    [undefined],
  ])("from the address %s", (address) => {
    expect(judge({ address })).toEqual({ local: false, because: "peer" });
  });

  test.each([
    ["forwarded"],
    ["x-forwarded-for"],
    ["x-forwarded-host"],
    ["x-forwarded-proto"],
    ["x-forwarded-server"],
    ["x-real-ip"],
    ["cf-connecting-ip"],
  ])("with a %s header, even an empty one", (name) => {
    expect(judge({ headers: { [name]: "127.0.0.1" } })).toEqual({ local: false, because: "forwarded" });
    expect(judge({ headers: { [name]: "" } })).toEqual({ local: false, because: "forwarded" });
  });

  test.each([
    ["evil.example.com"],
    ["evil.example.com:3000"],
    ["localhost.evil.example.com"],
    ["127.0.0.1.evil.example.com"],
    ["x.localhost"],
    ["localhost:3000@evil.example.com"],
    ["user@localhost"],
    ["localhost, evil.example.com"],
    ["app.example.com:3000"],
    ["app.example.com.evil.com"],
    ["0.0.0.0:3000"],
    [""],
  ])("with Host %s", (host) => {
    expect(judge({ headers: { host } })).toEqual({ local: false, because: "host" });
  });

  test("without a Host", () => {
    const headers = {};
    expect(judgeLocal({ localTrust: true, remoteAddress: "127.0.0.1", headers, origins })).toEqual({
      local: false,
      because: "host",
    });
  });

  test.each([
    ["https://evil.example.com"],
    ["http://localhost.evil.example.com"],
    ["http://127.0.0.1.evil.example.com"],
    ["http://localhost:3000/"],
    ["http://localhost:3000@evil.example.com"],
    ["ftp://localhost"],
    ["null"],
    ["http://app.example.com"],
    ["https://app.example.com:444"],
    ["tauri://localhost:1"],
    [""],
  ])("with Origin %s", (origin) => {
    expect(judge({ headers: { origin } })).toEqual({ local: false, because: "origin" });
  });

  test("with two Origins", () => {
    const origin = ["http://localhost", "http://localhost"];
    expect(judge({ headers: { origin } })).toEqual({ local: false, because: "origin" });
  });
});
