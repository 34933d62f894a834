import { applyConfig, assemble, type Assembly, nameOf, serverSettings } from "../assembly.ts";
import type { RequestHandler } from "../collector.ts";
import { listen, type Listener } from "../listener.ts";
import { type Logger, rateLimited } from "../log.ts";
import { createHandler, type ServerSettings } from "../server.ts";
import { VERSION } from "../version.ts";
import { coalesced } from "./coalesced.ts";
import type { Command, Invocation, Loaded } from "./command.ts";
import { logLines } from "./log_lines.ts";
import { needsAll, superfluous } from "./permissions.ts";
import { reload } from "./reload.ts";
import { type StatfsHelper, statfsHelper } from "./statfs_helper.ts";
import { unserved } from "./unserved.ts";
import { watchFile } from "./watch_file.ts";
import type { WebFile } from "./web_file.ts";

/** The exporter while it runs, by a configuration that reloads replace. */
class Exporter {
  readonly log: Logger;
  readonly #invocation: Invocation;
  readonly #started: Loaded;
  readonly #assembly: Assembly;
  readonly #helper: StatfsHelper;
  readonly #runtime: string;
  /** For what happens again and again, as failures of collectors do. */
  readonly #repeating: Logger;
  #loaded: Loaded;
  #write: Logger;
  #settings: ServerSettings;
  #listener: Listener | undefined;
  #webFile: WebFile | undefined;
  #revoked = false;
  #unwatch = () => {};

  constructor(invocation: Invocation, loaded: Loaded) {
    const { surroundings: { clock, runtime } } = invocation;
    this.#invocation = invocation;
    this.#started = this.#loaded = loaded;
    this.#write = this.#writer(loaded);
    this.#settings = serverSettings(loaded.config);
    this.log = (...record) => this.#write(...record);
    this.#repeating = rateLimited(this.log, clock, ["collector", "node", "address", "path", "metric"]);
    this.#runtime = `deno ${runtime.deno}`;
    const { path } = loaded.config;
    this.#helper = statfsHelper(invocation.surroundings, this.#repeating);
    const { statfs } = this.#helper;
    this.#assembly = assemble({ path, log: this.#repeating, clock, runtime: this.#runtime, statfs });
  }

  #writer({ config }: Loaded): Logger {
    const { printError, clock } = this.#invocation.surroundings;
    return logLines(printError, clock, config.log);
  }

  /** Listens, then runs collectors. */
  async start(): Promise<void> {
    const { surroundings } = this.#invocation;
    const { collectors, config, ignored } = this.#started;
    for (const { flag, note } of ignored) this.log("warn", "flag has no effect", { flag: `--${flag}`, note });
    const { engine } = this.#assembly;
    applyConfig(engine, collectors, config, this.log);
    const { clock } = surroundings;
    this.#webFile = await this.#openWebFile(config.web.configFile);
    this.#listener = await listen({
      addresses: config.web.listenAddress,
      handler: this.#webFile?.protect(this.#handler()) ?? this.#handler(),
      log: this.#repeating,
      clock,
      tls: this.#webFile?.tls,
    });
    const { deno, target } = surroundings.runtime;
    this.log("info", "starting", { version: VERSION, deno, target });
    for (const address of this.#listener.addresses) this.log("info", "listening", { address });
    const families = unserved(collectors, config);
    if (families !== "") this.log("info", "node_exporter would also serve", { families });
    engine.start();
    this.#revoke();
    this.#watch();
  }

  /** Looks at the configuration file from time to time, if that is wished. */
  #watch(): void {
    const { file, config: { autoReloadSeconds } } = this.#started;
    if (!file || autoReloadSeconds === undefined) return;
    const { clock } = this.#invocation.surroundings;
    this.#unwatch = watchFile({ file, intervalSeconds: autoReloadSeconds, clock, log: this.log, reload: this.reload });
  }

  /** What it takes is loaded where there is such a file alone. */
  async #openWebFile(name: string | undefined): Promise<WebFile | undefined> {
    if (name === undefined) return undefined;
    const { webFile } = await import("./web_file.ts");
    const { clock } = this.#invocation.surroundings;
    return await webFile(name, { log: this.log, clock, renew: () => this.#listener?.renew() });
  }

  #handler(): RequestHandler {
    return createHandler({
      engine: this.#assembly.engine,
      settings: () => this.#settings,
      names: (name) => nameOf(this.#loaded.collectors)(name),
      reload: this.reload,
      log: this.#repeating,
      clock: this.#invocation.surroundings.clock,
      version: VERSION,
      runtime: this.#runtime,
    });
  }

  /** Gives up what no collector needs. */
  #revoke(): void {
    const { config, builtIn } = this.#started;
    if (needsAll({ graph: this.#assembly.engine.graph, config, builtIn })) return;
    const permissions = superfluous(config);
    this.#invocation.surroundings.revoke(permissions);
    this.#revoked = true;
    this.log("info", "permissions given up", { permissions: permissions.join(" ") });
  }

  /** Reads the configuration anew; asked several times at once, it does so once for all that came late. */
  readonly reload: () => Promise<void> = coalesced(async () => {
    const { config: started, builtIn } = this.#started;
    const load = () => this.#invocation.load(true);
    const parts = { load, engine: this.#assembly.engine, started, builtIn, revoked: this.#revoked, log: this.log };
    this.#loaded = await reload(parts);
    this.#write = this.#writer(this.#loaded);
    this.#settings = serverSettings(this.#loaded.config);
    await this.#webFile?.reload().catch((error) => {
      this.#assembly.engine.noteReload(false);
      throw error;
    });
  });

  /** Lets requests in flight finish, then ends all runs. */
  async stop(): Promise<void> {
    this.#unwatch();
    await this.#listener?.stop();
    await Promise.all([this.#assembly.engine.stop(), this.#helper.stop()]);
    this.#assembly.source.close();
  }
}

/** `sonde serve`, which `sonde` is short for. */
export const serve: Command = {
  name: "serve",
  description: "Serve metrics until told to stop; what is done where no command is named.",
  async run(invocation) {
    const { surroundings, stops, uncaught, load } = invocation;
    const asked = Promise.withResolvers<string>();
    stops.take(asked.resolve);
    const serving = Promise.withResolvers<Exporter>();
    // What is wrong with the configuration has been logged.
    const onHangup = () => void serving.promise.then((exporter) => exporter.reload()).catch(() => {});
    const ignoreHangups = surroundings.onSignal("SIGHUP", onHangup);
    try {
      const exporter = new Exporter(invocation, await load());
      uncaught.take(exporter.log);
      try {
        await exporter.start();
        serving.resolve(exporter);
        exporter.log("info", "stopping", { signal: await asked.promise });
      } finally {
        await exporter.stop();
      }
    } finally {
      ignoreHangups();
    }
    return 0;
  },
};
