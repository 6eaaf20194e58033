import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { AddressNotAllowedError } from '../scraping.errors.js';

/** What nobody outside can be reached at: this machine, private and link-local networks, documentation, multicast (RFC 6890). */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv4');
  // The same by way of a gateway from IPv6 (RFC 6052).
  PRIVATE.addSubnet(`64:ff9b::${network}`, 96 + bits, 'ipv6');
}
for (const [network, bits] of [
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv6');
}

/** Also of an IPv4 address that is written as one of IPv6. */
export const isPrivate = (address: string): boolean => PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** A bare name, as of a container beside this one, and what the world's name servers do not know (RFC 6761, 6762 and 8375). */
const NAMES_PRIVATE = /^[^.]+$|\.(localhost|local|internal|home\.arpa)$/i;

/** Whoever configures such a host means it. */
export const namesPrivate = (host: string): boolean => {
  const bare = host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return isIP(bare) > 0 ? isPrivate(bare) : NAMES_PRIVATE.test(bare);
};

/** `lookup` of node:dns, or one that stands for it. */
export type Resolve = (
  host: string,
  options: LookupOptions & { all: true },
  answered: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Resolves a name, and refuses when it leads into a private network: asked at the moment of connecting, so that a name which is
 * answered differently the second time does not slip through.
 */
export const publicLookup =
  (resolve: Resolve = lookup) =>
  (host: string, options: LookupOptions, answered: Parameters<Resolve>[2]): void =>
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return answered(error, []);
      const inside = addresses.find(({ address }) => isPrivate(address));
      if (inside) return answered(new AddressNotAllowedError(host, `it leads to the private address ${inside.address}`), []);
      answered(null, addresses);
    });
