import assert from "node:assert/strict";
import fc from "fast-check";
import tcpstat, { parseTcp } from "../../collectors/tcpstat.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const VALID = `${HEADER}   0: 00000000:07E8 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 539
   1: 0100007F:9575 0100007F:B2FA 06 00000000:00000000 03:00000D24 00000000     0        0 0
   2: 0100007F:9576 0100007F:B2FB 06 00000010:00000001 03:00000D24 00000000     0        0 0
`;
const SIX = `${HEADER}  0: 00000000000000000000000000000000:0050 00000000000000000000000001000000:C35A 01 0:0 \n`
  .replace(
    "0:0 ",
    "00000000:00000003 00:00000000",
  );

Deno.test("parseTcp: quotes the line that breaks the format", () => {
  for (const line of ["   0: 00000000:07E8 00000000:0000 0A", "junk", "   0: 0:0 0:0 XX 00000000:00000000 00"]) {
    assert.throws(() => parseTcp(`${HEADER}${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/tcp": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parseTcp(""), SyntaxError);
});

Deno.test("parseTcp: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    const parsed = parsedOrRefused(parseTcp, text);
    if (!parsed) return;
    const numbers = [...parsed.states.values(), parsed.queuedToSendBytes, parsed.queuedToReadBytes];
    assert(numbers.every((number) => Number.isFinite(number) && number >= 0));
  }));
});

Deno.test("tcpstat: counts the sockets of both address families", async () => {
  assert.deepEqual(
    seriesOf(tcpstat, await valueOn(tcpstat, hostOf({ "/proc/net/tcp": VALID, "/proc/net/tcp6": SIX }))),
    {
      'node_tcp_connection_states{state="listen"}': 1,
      'node_tcp_connection_states{state="time_wait"}': 2,
      'node_tcp_connection_states{state="established"}': 1,
      'node_tcp_connection_states{state="rx_queued_bytes"}': 6,
      'node_tcp_connection_states{state="tx_queued_bytes"}': 16,
    },
  );
  const alone = seriesOf(tcpstat, await valueOn(tcpstat, hostOf({ "/proc/net/tcp": VALID })));
  assert.equal(alone['node_tcp_connection_states{state="established"}'], undefined);
  assert.equal(await valueOn(tcpstat, hostOf({})), null);
});
