/**
 * A program of somebody else's, as the compiler sees it: what is right has its type, what is wrong is an error.
 *
 * @module
 */

import { collectors, createExporter, defineCollector, type Exporter, instrument } from "@sonde/sonde";
import { Counter } from "prom-client";

/** An exporter of everything, and of a collector of its own. */
export const exporter: Exporter = createExporter([
  ...collectors,
  defineCollector({
    name: "dice",
    help: "A die.",
    freshnessSeconds: 0.1,
    metrics: { dice_eyes: { type: "gauge", help: "Eyes of the last throw.", labels: ["colour"] } },
    read: () => 4,
    samples: (eyes, emit) => {
      emit("dice_eyes", eyes, { colour: "red" });
      // @ts-expect-error no family has this name
      emit("dice_eye", eyes, { colour: "red" });
      // @ts-expect-error a label is missing
      emit("dice_eyes", eyes);
    },
  }),
]);

/** A metric of prom-client's own. */
export const sold: Counter = new Counter({ name: "sold_total", help: "Sold.", registers: [exporter.registry] });

/** A handler with what else its server gives it. */
export const app: (request: Request, port: number) => Response | Promise<Response> = instrument(
  (_request: Request, port: number) => new Response(String(port)),
);
