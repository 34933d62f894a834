// A standalone exporter of what the host is doing: gauge `system_usage`, by `resource_type`, beside figures of the runtime.
//
//     deno run -A examples/system_usage.ts

import { collectors, createExporter } from "@sonde/sonde";

const wanted = new Set(["usage", "self"]);
const exporter = createExporter(collectors.filter(({ name }) => wanted.has(name)));
exporter.start();

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 9999) }, exporter.handler);
