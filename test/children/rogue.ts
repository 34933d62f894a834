/** A child that breaks the protocol in the manner that its argument names, once it was asked something. */

const encoder = new TextEncoder();

function write(text: string): void {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}

function forever(act: () => void): void {
  for (;;) act();
}

const manners: Readonly<Record<string, () => void>> = {
  flood: () => forever(() => write("x".repeat(65_536))),
  junkLines: () => forever(() => write("junk\n".repeat(10_000))),
  notJson: () => write("hello, I am \u001b[31ma child\n"),
  notUtf8: () => Deno.stdout.writeSync(Uint8Array.of(0x22, 0xff, 0x22, 0x0a)),
  emptyLine: () => write("\n"),
  noAnswer: () => write("[1,2]\n"),
  noId: () => write('{"response":1}\n'),
  unknownId: () => write('{"id":99,"response":1}\n'),
  badError: () => write('{"id":1,"error":"oops"}\n'),
  twice: () => write('{"id":1,"response":1}\n{"id":1,"response":2}\n'),
  unasked: () => write('{"id":1,"response":1}\nand'),
  drip: () => {
    for (const byte of encoder.encode('{"id":1,"response":"a€😀"}\n')) Deno.stdout.writeSync(Uint8Array.of(byte));
  },
  floodStderr: () => forever(() => Deno.stderr.writeSync(encoder.encode(`${"y".repeat(5000)}\n`.repeat(10)))),
};

Deno.stdin.readSync(new Uint8Array(65_536));
manners[Deno.args[0] ?? ""]?.();
setInterval(() => {}, 1000);
