import assert from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { hashed, pathOf, textOf } from "../web_files.ts";
import { command, FakeProcess, withFolder } from "./surroundings.ts";

const TLS = ["tls_server_config:", `  cert_file: ${pathOf("server.pem")}`, `  key_file: ${pathOf("server.key")}`, ""]
  .join("\n");
const users = (name: string) => `basic_auth_users: { ${name}: ${hashed("secret")} }\n`;
const basic = (name: string) => ({ authorization: `Basic ${btoa(`${name}:secret`)}` });

/** An exporter that serves by a file of TLS and authentication. */
interface Served {
  readonly process: FakeProcess;
  /** Path of the file. */
  readonly file: string;
  /** As `127.0.0.1:36041`. */
  readonly host: string;
  /** Status of an answer. */
  status(path?: string, init?: RequestInit): Promise<number>;
}

async function served(scheme: "http" | "https", text: string, use: (served: Served) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const file = `${folder}/web.yml`;
    await Deno.writeTextFile(file, text);
    const process = new FakeProcess(["--web.listen-address=127.0.0.1:0", `--web.config.file=${file}`]);
    const running = main(process, []);
    using client = Deno.createHttpClient({ caCerts: [textOf("authority.pem")] });
    try {
      const [said] = await process.said(/msg=listening address=\S*?(127\.0\.0\.1:\d+)/);
      const host = said?.[1] ?? "";
      const status: Served["status"] = async (path = "/-/healthy", init = {}) => {
        const options: RequestInit & { readonly client: Deno.HttpClient } = { ...init, client };
        const response = await fetch(`${scheme}://${host}${path}`, options);
        await response.body?.cancel();
        return response.status;
      };
      await use({ process, file, host, status });
    } finally {
      if (!process.written.err.includes("msg=stopping")) process.signal("SIGTERM");
      assert.equal(await running, 0, process.written.err);
    }
  });
}

/** Tries until it is so. */
async function eventually(attempt: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 60_000;
  while (!await attempt()) {
    assert.ok(performance.now() < limit, "it has not become so");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("WebFile: asks for a password at every path, by plain HTTP too", async () => {
  await served("http", users("alice"), async ({ status }) => {
    for (const path of ["/", "/metrics", "/-/healthy", "/-/ready", "/none"]) {
      assert.equal(await status(path), 401, path);
    }
    assert.equal(await status("/-/reload", { method: "POST" }), 401);
    assert.equal(await status("/metrics", { headers: basic("alice") }), 200);
    assert.equal(await status("/metrics", { headers: basic("bob") }), 401);
  });
});

Deno.test("WebFile: is followed as it changes, and stays as it was while it is broken", async () => {
  await served("https", TLS + users("alice"), async ({ process, file, status }) => {
    assert.equal(await status("/metrics", { headers: basic("alice") }), 200);
    await Deno.writeTextFile(file, TLS + users("bob"));
    await eventually(async () => await status("/metrics", { headers: basic("bob") }) === 200);
    assert.equal(await status("/metrics", { headers: basic("alice") }), 401);
    await Deno.writeTextFile(file, `${TLS}basic_auth_users: { bob: opensesame }\n`);
    await eventually(async () => {
      assert.equal(await status("/metrics", { headers: basic("bob") }), 200);
      return process.written.err.includes("web configuration not reloaded");
    });
    assert.match(process.written.err, /web\.yml:\d+:\d+: basic_auth_users\.bob: expected a password hashed by bcrypt/);
  });
});

Deno.test("WebFile: is read anew at a reload, which fails where it is broken", async () => {
  await served("http", users("alice"), async ({ process, file, status }) => {
    const headers = basic("alice");
    await Deno.writeTextFile(file, "basic_auth_users: 1\n");
    assert.equal(await status("/-/reload", { method: "POST", headers }), 500);
    assert.equal(await status("/metrics", { headers }), 200);
    await Deno.writeTextFile(file, users("bob"));
    process.signal("SIGHUP");
    await process.said(/msg="web configuration reloaded"/);
    assert.equal(await status("/metrics", { headers }), 401);
  });
});

Deno.test("WebFile: what needs other ports is left as it is, and said", async () => {
  await served("https", TLS, async ({ process, file, status }) => {
    await Deno.writeTextFile(file, users("alice"));
    process.signal("SIGHUP");
    await process.said(/msg="restart needed" setting=tls_server_config\n/);
    await process.said(/msg="web configuration reloaded"/);
    assert.equal(await status(), 401);
  });
});

Deno.test("WebFile: is refused with all that is wrong with it, before anything listens", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/web.yml`;
    await Deno.writeTextFile(file, "tls_server_confg: {}\nbasic_auth_users: { a: opensesame }\n");
    for (const name of ["check", "serve", "healthcheck"]) {
      const { code, err } = await command([name, "--web.listen-address=127.0.0.1:1", `--web.config.file=${file}`]);
      assert.equal(code, 2);
      assert.match(err, /web\.yml:1:1: [^\n]+did you mean "tls_server_config"\?\n[^\n]+web\.yml:2:24: [^\n]+bcrypt/);
    }
    const { code, err } = await command(["check", `--web.config.file=${folder}/none.yml`]);
    assert.deepEqual([code, err], [
      2,
      `Cannot read web configuration file "${folder}/none.yml": no such file or directory\n`,
    ]);
    assert.equal((await command(["check", "--web.config.file="])).code, 0);
  });
});

Deno.test("WebFile: a relative path starts at the configuration file that names it", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/web.yml`, "nonsense: 1\n");
    await Deno.writeTextFile(`${folder}/sonde.yml`, "web: { config.file: web.yml }\n");
    const { code, err } = await command(["check", `--config.file=${folder}/sonde.yml`]);
    assert.equal(code, 2);
    assert.match(err, /web\.yml:1:1: nonsense: unknown key/);
  });
});

Deno.test("healthcheck: reaches what speaks TLS and asks for a password", async () => {
  for (const [scheme, text] of [["https", TLS], ["https", TLS + users("a")], ["http", users("a")]] as const) {
    await served(scheme, text, async ({ host, file }) => {
      const args = ["healthcheck", `--web.listen-address=${host}`, `--web.config.file=${file}`];
      assert.deepEqual(await command(args), { code: 0, out: "OK\n", err: "" });
    });
  }
});

Deno.test("healthcheck: says that it has no certificate", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/web.yml`;
    await Deno.writeTextFile(file, `${TLS}  client_auth_type: RequireAnyClientCert\n`);
    const { code, err } = await command(["healthcheck", `--web.config.file=${file}`]);
    assert.equal(code, 1);
    assert.match(err, /it lets in who has a certificate, and this command has none/);
  });
});
