import { type Dict, mapDict, type Report, type Scalar } from "./located.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{env:([^{}]*)\}/g;

/** The tree with `${env:NAME}` replaced in every string; what was replaced is a secret, and takes its schema's type. */
export function interpolate(node: Dict, environment: Environment, report: Report): Dict {
  return mapDict(node, (scalar) => {
    if (typeof scalar.value !== "string" || !scalar.value.includes("${env:")) return scalar;
    return replaced(scalar, scalar.value, environment, report);
  });
}

function replaced(scalar: Scalar, value: string, environment: Environment, report: Report): Scalar {
  let broken = false;
  const text = value.replace(REFERENCE, (_, name: string) => {
    const found = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (found === undefined) {
      broken = true;
      report(scalar.place, `the environment variable ${JSON.stringify(name)} is not set`);
    }
    return found ?? "";
  });
  if (value.replace(REFERENCE, "").includes("${env:")) {
    broken = true;
    report(scalar.place, 'expected "${env:NAME}", found one without end');
  }
  return { ...scalar, value: text, text: true, secret: true, broken };
}
