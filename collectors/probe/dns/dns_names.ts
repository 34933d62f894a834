/**
 * Names of DNS' numbers, as IANA and the peer have them.
 *
 * @module
 */

function table(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.trim().split(/\s+/).map((pair): [string, number] => {
      const [name = "", number = ""] = pair.split("=");
      return [name, Number(number)];
    }),
  );
}

/** Classes by name. */
export const DNS_CLASSES: ReadonlyMap<string, number> = table("IN=1 CS=2 CH=3 HS=4 NONE=254 ANY=255");

/** Codes of answers by name. */
export const DNS_RCODES: ReadonlyMap<string, number> = table(`
  NOERROR=0 FORMERR=1 SERVFAIL=2 NXDOMAIN=3 NOTIMP=4 REFUSED=5 YXDOMAIN=6 YXRRSET=7 NXRRSET=8 NOTAUTH=9 NOTZONE=10
  DSOTYPENI=11 BADSIG=16 BADVERS=16 BADKEY=17 BADTIME=18 BADMODE=19 BADNAME=20 BADALG=21 BADTRUNC=22 BADCOOKIE=23
`);

/** Types of records by name. */
export const DNS_TYPES: ReadonlyMap<string, number> = table(`
  A=1 NS=2 MD=3 MF=4 CNAME=5 SOA=6 MB=7 MG=8 MR=9 NULL=10 PTR=12 HINFO=13 MINFO=14 MX=15 TXT=16 RP=17 AFSDB=18
  X25=19 ISDN=20 RT=21 NSAP-PTR=23 SIG=24 KEY=25 PX=26 GPOS=27 AAAA=28 LOC=29 NXT=30 EID=31 NIMLOC=32 SRV=33 ATMA=34
  NAPTR=35 KX=36 CERT=37 DNAME=39 OPT=41 APL=42 DS=43 SSHFP=44 IPSECKEY=45 RRSIG=46 NSEC=47 DNSKEY=48 DHCID=49
  NSEC3=50 NSEC3PARAM=51 TLSA=52 SMIMEA=53 HIP=55 NINFO=56 RKEY=57 TALINK=58 CDS=59 CDNSKEY=60 OPENPGPKEY=61 CSYNC=62
  ZONEMD=63 SVCB=64 HTTPS=65 SPF=99 UINFO=100 UID=101 GID=102 UNSPEC=103 NID=104 L32=105 L64=106 LP=107 EUI48=108
  EUI64=109 NXNAME=128 TKEY=249 TSIG=250 IXFR=251 AXFR=252 MAILB=253 MAILA=254 ANY=255 URI=256 CAA=257 AVC=258
  AMTRELAY=260 TA=32768 DLV=32769
`);

const CLASS_NAMES: ReadonlyMap<number, string> = new Map([...DNS_CLASSES].map(([name, number]) => [number, name]));
const RCODE_NAMES: ReadonlyMap<number, string> = new Map([...DNS_RCODES].map(([name, number]) => [number, name]));
const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  ...[...DNS_TYPES].map(([name, number]): [number, string] => [number, name]),
  [0, "None"],
  [65535, "Reserved"],
]);

/** A class by its name, or as `CLASS123`; that of `ANY`, which is also a type, by its number. */
export function className(number: number): string {
  const name = CLASS_NAMES.get(number);
  return name === undefined || name === "ANY" ? `CLASS${number}` : name;
}

/** A code by its name, or as `RCODE123`. */
export function rcodeName(number: number): string {
  return RCODE_NAMES.get(number) ?? `RCODE${number}`;
}

/** A type by its name, or as `TYPE123`. */
export function typeName(number: number): string {
  return TYPE_NAMES.get(number) ?? `TYPE${number}`;
}
