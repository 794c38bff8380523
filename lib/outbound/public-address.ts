/** Which addresses are of the public internet. What is not could be this machine, its network, or a cloud's metadata. */
import { BlockList, isIPv6 } from "node:net";

const NOT_PUBLIC_4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // carriers' own, and some clouds' metadata
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // link-local, and most clouds' metadata
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16],
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4],
];
/** Of IPv6 only what is given out to the world: the rest is private, link-local, multicast or not yet anything. */
const GIVEN_OUT_6 = ["2000::", 3] as const;
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ["2001::", 23], // protocols' own, Teredo among them
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4: an IPv4 address in disguise
  ["3fff::", 20], // documentation
];

const notPublic = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_4) notPublic.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of NOT_PUBLIC_6) notPublic.addSubnet(net, prefix, "ipv6");
const givenOut = new BlockList();
givenOut.addSubnet(...GIVEN_OUT_6, "ipv6");

export function isPublicAddress(address: string): boolean {
  const bare = address.split("%")[0]!;
  if (!isIPv6(bare)) return !notPublic.check(bare, "ipv4");
  return givenOut.check(bare, "ipv6") && !notPublic.check(bare, "ipv6");
}
