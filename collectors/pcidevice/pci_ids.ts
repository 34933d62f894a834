/**
 * Names of PCI devices: the list of https://pci-ids.ucw.cz, as distributions ship it.
 *
 * @module
 */

/** Names by lower-case hexadecimal digits; what is not in the list is called by its digits. */
export interface PciNames {
  /** Of a class of six digits: of its programming interface, its subclass or its class, the first that is known. */
  className(digits: string): string;
  /** Of a vendor of four digits. */
  vendor(digits: string): string;
  /** Of a vendor's device. */
  device(vendor: string, device: string): string;
  /** Of a card that carries a vendor's device. */
  subsystem(vendor: string, device: string, subVendor: string, subDevice: string): string;
}

const LINE = /^(\t{0,2})(C )?([\da-f]{2,4})(?: ([\da-f]{4}))? {2}(.*)$/i;

/** Parses the list; lines of other forms are left out. */
export function parsePciIds(text: string): PciNames {
  const names = new Map<string, string>();
  let path: string[] = [];
  for (const line of text.split("\n")) {
    const [, tabs, isClass = "", digits = "", second = "", name] = LINE.exec(line) ?? [];
    if (tabs === undefined || name === undefined) continue;
    path = [...path.slice(0, tabs.length), `${isClass}${digits}${second}`.toLowerCase()];
    names.set(path.join("/"), name);
  }
  return {
    className(digits) {
      const [base, sub, interface_] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)];
      return names.get(`c ${base}/${sub}/${interface_}`) ?? names.get(`c ${base}/${sub}`) ?? names.get(`c ${base}`) ??
        `Unknown class (${digits})`;
    },
    vendor: (digits) => names.get(digits) ?? digits,
    device: (vendor, device) => names.get(`${vendor}/${device}`) ?? device,
    subsystem: (vendor, device, subVendor, subDevice) =>
      names.get(`${vendor}/${device}/${subVendor}${subDevice}`) ?? subDevice,
  };
}
