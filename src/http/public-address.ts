import { BlockList, isIP } from 'node:net';

/** Where no address of the public internet is (IANA's registries of special-purpose addresses). */
const SPECIAL_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Inside 2000::/3, outside of which nothing is public: what stands for another address. */
const SPECIAL_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Tells addresses of the public internet from those of machines and networks around us. */
export function createPublicAddressCheck(): (address: string) => boolean {
  const special4 = listOf(SPECIAL_IPV4, 'ipv4');
  const special6 = listOf(SPECIAL_IPV6, 'ipv6');
  const public6 = listOf([['2000::', 3]], 'ipv6');
  return (address) => {
    switch (isIP(address)) {
      case 4:
        return !special4.check(address, 'ipv4');
      case 6:
        // A mapped IPv4 address (::ffff:10.0.0.1) lies outside 2000::/3 and is refused as such.
        return public6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
      default:
        return false;
    }
  };
}

function listOf(
  subnets: readonly (readonly [string, number])[],
  family: 'ipv4' | 'ipv6',
): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family);
  return list;
}
