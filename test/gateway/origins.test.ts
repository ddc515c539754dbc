import { describe, expect, test } from "vitest";
import { canonicalOrigin, createOrigins } from "../../server/auth/origins.ts";

describe("the origin allow-list", () => {
  const withTokens = createOrigins({
    allowed: ["https://App.Example.com/"],
    loopback: () => false,
    own: () => ["http://127.0.0.1:3000"],
  });

  test("lets a request without an Origin pass: it is not a browser", () => {
    expect(withTokens.allows(undefined)).toBe(true);
  });

  test.each([
    ["https://app.example.com"],
    ["tauri://localhost"],
    ["http://tauri.localhost"],
    ["https://tauri.localhost"],
    ["http://127.0.0.1:3000"],
  ])("allows %s", (origin) => {
    expect(withTokens.allows(origin)).toBe(true);
  });

  test.each([
    ["http://app.example.com"],
    ["https://app.example.com:8443"],
    ["https://sub.app.example.com"],
    ["https://evil.com"],
    ["http://localhost:3000"],
    ["http://127.0.0.1:3001"],
    ["null"],
    [""],
  ])("refuses %s", (origin) => {
    expect(withTokens.allows(origin)).toBe(false);
  });

  test("allows loopback at any port in local mode only", () => {
    const local = createOrigins({ allowed: [], loopback: () => true, own: () => [] });
    expect(local.allows("http://localhost:5173")).toBe(true);
    expect(withTokens.allows("http://localhost:5173")).toBe(false);
  });
});

describe("an origin as configured", () => {
  test.each([
    ["https://App.example.com", "https://app.example.com"],
    ["https://app.example.com/", "https://app.example.com"],
    ["https://app.example.com:443", "https://app.example.com"],
    ["http://localhost:5173", "http://localhost:5173"],
    ["tauri://localhost", "tauri://localhost"],
  ])("%s is kept as %s", (text, origin) => {
    expect(canonicalOrigin(text)).toBe(origin);
  });

  test.each([
    ["app.example.com"],
    ["*"],
    ["https://*.example.com"],
    ["https://a.com/path"],
    ["https://u@a.com"],
    [""],
  ])("%s is refused, with the mend", (text) => {
    expect(() => canonicalOrigin(text)).toThrow(/write it as https:\/\/app\.example\.com/);
  });
});
