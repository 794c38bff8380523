import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findAddress, WEB_PORTS, type FindAddresses, type OutboundPolicy } from "./find-address";
import { isPublicAddress } from "./public-address";
import { requireOutboundUrl, sendOutbound } from "./send-outbound";

const open: OutboundPolicy = { inside: [], publicToo: true, usualPorts: WEB_PORTS, setting: "HEADROOM_OUTBOUND_HOSTS" };
const listing = (...inside: string[]): OutboundPolicy => ({ ...open, inside });

describe("an address is public, or not", () => {
  it.each(["1.1.1.1", "93.184.215.14", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700:4700::1111"])("%s is", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
  ])("%s is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("what a person may set", () => {
  it.each([
    "http://127.0.0.1/x",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]:8080/",
    "http://[::ffff:7f00:1]/",
    "http://localhost:3000/",
    "http://printer.localhost/",
    "http://169.254.169.254/latest/meta-data",
    "ftp://example.com/",
    "https://user:pass@example.com/",
    "no address",
  ])("%s is refused", (url) => {
    expect(() => requireOutboundUrl(url, open)).toThrow(/private network|starts with https|no user or password/);
  });

  it("a host is allowed at its usual ports, or at one, when the operator lists it so", () => {
    expect(requireOutboundUrl("http://localhost/", listing("localhost")).host).toBe("localhost");
    expect(() => requireOutboundUrl("http://localhost:3000/", listing("localhost"))).toThrow(/HEADROOM_OUTBOUND_HOSTS/);
    expect(requireOutboundUrl("http://[::1]:3000/", listing("[::1]:3000")).port).toBe("3000");
    expect(() => requireOutboundUrl("http://localhost:3001/", listing("localhost:3000"))).toThrow(/HEADROOM_OUTBOUND_HOSTS/);
    expect(() => requireOutboundUrl("https://example.com/", { ...open, publicToo: false })).toThrow(/not among the hosts/);
  });
});

describe("what a name leads to", () => {
  const answers =
    (...addresses: string[]): FindAddresses =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

  it("must be public, each of its addresses", async () => {
    await expect(findAddress("hooks.example", 443, open, answers("93.184.215.14"))).resolves.toEqual({
      address: "93.184.215.14",
      family: 4,
    });
    await expect(findAddress("hooks.example", 443, open, answers("10.0.0.1"))).rejects.toThrow(/leads to an address inside/);
    await expect(findAddress("hooks.example", 443, open, answers("93.184.215.14", "::1"))).rejects.toThrow(/leads to/);
    await expect(findAddress("hooks.example", 443, listing("hooks.example:443"), answers("10.0.0.1"))).resolves.toBeDefined();
  });
});

describe("a call", () => {
  let server: http.Server;
  let port: number;
  const seen: string[] = [];
  beforeAll(async () => {
    server = http.createServer((request, response) => {
      seen.push(`${request.method} ${request.headers.host} ${request.url}`);
      if (request.url === "/redirect") response.writeHead(302, { location: `http://localhost:${port}/elsewhere` }).end();
      else if (request.url === "/never") return;
      else if (request.url === "/endless") {
        const timer = setInterval(() => response.write("x".repeat(1_000)), 1);
        response.on("close", () => clearInterval(timer));
      } else request.pipe(response.writeHead(200, { "retry-after": "7" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const send = (path: string, host = "hooks.example", timeoutMs = 10_000) =>
    sendOutbound(
      { url: `http://${host}:${port}${path}`, method: "POST", headers: {}, body: "hello" },
      {
        policy: listing(`hooks.example:${port}`),
        timeoutMs,
        mostBytes: 5_000,
        find: async () => [{ address: "127.0.0.1", family: 4 }],
      },
    );

  it("goes to the address that was looked at, under its name", async () => {
    expect(await send("/x?y")).toMatchObject({ status: 200, text: "hello", cut: false, headers: { "retry-after": "7" } });
    expect(seen.at(-1)).toBe(`POST hooks.example:${port} /x?y`);
  });

  it("does not go to a name that rebinds to this machine", async () => {
    const before = seen.length;
    await expect(send("/x", "rebinding.example")).rejects.toThrow(/leads to an address inside/);
    expect(seen.length).toBe(before);
  });

  it("follows no redirect, reads no more than it may, and waits no longer than it may", async () => {
    expect((await send("/redirect")).status).toBe(302);
    expect(seen.at(-1)).toMatch(/\/redirect$/);
    const endless = await send("/endless");
    expect([endless.text.length, endless.cut]).toEqual([5_000, true]);
    await expect(send("/never", "hooks.example", 50)).rejects.toThrow("No answer within 0.05 s");
  });
});
