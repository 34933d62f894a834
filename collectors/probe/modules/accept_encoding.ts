/**
 * What a header `Accept-Encoding` lets through.
 *
 * @module
 */

/** Whether the header's value accepts `encoding`: by its name, or by `*`, and not with the weight 0. */
export function acceptsEncoding(value: string, encoding: string): boolean {
  const weights = value.split(",").map((part): [string, number] => {
    const [name = "", ...parameters] = part.split(";").map((each) => each.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice("q=".length);
    return [name, weight === undefined ? 1 : Number(weight)];
  });
  const own = weights.filter(([name]) => name === encoding.toLowerCase() || name === "*");
  const [best] = own.sort(([a], [b]) => Number(a === "*") - Number(b === "*"));
  return best !== undefined && best[1] > 0;
}
