import { describe, expect, test } from "vitest";
import { hostIsKnown, isLoopback } from "../../viewer/hosts.ts";

describe("on loopback a request is answered only under a loopback name", () => {
  test.each([
    ["127.0.0.1:7470", true],
    ["localhost:7470", true],
    ["LOCALHOST", true],
    ["[::1]:7470", true],
    ["127.9.8.7", true],
    ["evil.example", false],
    ["evil.example:7470", false],
    ["127.0.0.1.evil.example", false],
    ["localhost.evil.example:80", false],
    ["192.168.0.7:7470", false],
    ["127.0.0.1:7470@evil.example", false],
    ["", false],
    [undefined, false],
  ])("%s: %s", (header, known) => {
    expect(hostIsKnown(header, "127.0.0.1")).toBe(known);
  });
});

describe("served to a network it answers to addresses and to its own name", () => {
  test.each([
    ["192.168.0.7:7470", true],
    ["[fe80::1]:7470", true],
    ["lab.example:7470", true],
    ["localhost:7470", true],
    ["evil.example:7470", false],
  ])("%s: %s", (header, known) => {
    expect(hostIsKnown(header, "lab.example")).toBe(known);
  });
});

test("loopback is localhost, ::1 and 127.0.0.0/8", () => {
  const loopback = ["localhost", "::1", "127.0.0.1", "127.1.2.3"].map(isLoopback);
  const others = ["0.0.0.0", "::", "10.0.0.1", "127.evil.example", "example"].map(isLoopback);
  expect([loopback.every(Boolean), others.some(Boolean)]).toEqual([true, false]);
});
