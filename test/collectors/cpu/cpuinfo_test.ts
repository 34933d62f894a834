import assert from "node:assert/strict";
import fc from "fast-check";
import cpu from "../../../collectors/cpu.ts";
import { parseCpuinfo } from "../../../collectors/cpu/cpuinfo.ts";
import { parsedOrRefused, textLike } from "../../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../../context.ts";

const X86 = `processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 142
model name\t: Intel(R) Core(TM) i7 @ 1.90GHz: x
stepping\t: 10
microcode\t: 0xb4
cpu MHz\t\t: 799.998
cache size\t: 8192 KB
physical id\t: 0
core id\t\t: 3
flags\t\t: fpu aes avx
bugs\t\t: mds swapgs
power management:

processor\t: 4
vendor_id\t: GenuineIntel
`;

Deno.test("cpu: gives make and model by option, and the flags and bugs that the patterns find", async () => {
  const host = hostOf({ "/proc/stat": "cpu0 1 2 3 4\n", "/proc/cpuinfo": X86 });
  const series = seriesOf(cpu, await valueOn(cpu, host, { cpu: { "info.flags-include": "^a", guest: false } }));
  const extra = Object.entries(series).filter(([name]) => !name.startsWith("node_cpu_seconds_total"));
  const model = 'model="142",model_name="Intel(R) Core(TM) i7 @ 1.90GHz: x",package="0",stepping="10"';
  assert.deepEqual(Object.fromEntries(extra), {
    [`node_cpu_info{cachesize="8192 KB",core="3",cpu="0",family="6",microcode="0xb4",${model},vendor="GenuineIntel"}`]:
      1,
    'node_cpu_info{cachesize="",core="",cpu="4",family="",microcode="",model="",model_name="",package="",stepping="",vendor="GenuineIntel"}':
      1,
    'node_cpu_frequency_hertz{core="3",cpu="0",package="0"}': 799998000,
    'node_cpu_frequency_hertz{core="",cpu="4",package=""}': 0,
    'node_cpu_flag_info{flag="aes"}': 1,
    'node_cpu_flag_info{flag="avx"}': 1,
  });
  const bugs = seriesOf(cpu, await valueOn(cpu, host, { cpu: { "info.bugs-include": "mds" } }));
  assert.equal(bugs['node_cpu_bug_info{bug="mds"}'], 1);
  await assert.rejects(valueOn(cpu, hostOf({ "/proc/stat": "cpu0 1 2 3 4\n" }), { cpu: { info: true } }), /cpuinfo/);
});

Deno.test("parseCpuinfo: reads the words of other architectures", () => {
  for (
    const [text, expected] of [
      ["Processor : ARMv7 rev 2\nprocessor : 0\nBogoMIPS : 1\n\nprocessor : 1\n\nHardware : x\nmodel : y\n", [
        { cpu: "0", modelName: "ARMv7 rev 2" },
        { cpu: "1", modelName: "ARMv7 rev 2", model: "" },
      ]],
      ["processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 3425.000000MHz\n", [
        { cpu: "0", vendor: "POWER9, altivec supported", megahertz: 3425 },
      ]],
      [
        "vendor_id : IBM/S390\nfeatures\t: esan3 zarch\nprocessor 0: version = FF\nprocessor 1: version = FF\n\n" +
        "cpu number : 1\nphysical id : 2\ncpu MHz dynamic : 5000\n",
        [
          { cpu: "0", vendor: "IBM/S390", flags: ["esan3", "zarch"], package: "" },
          { cpu: "1", vendor: "IBM/S390", package: "2", megahertz: 5000 },
        ],
      ],
      ["processor : 0\nhart : 4\nisa : rv64imafdc\n", [{ cpu: "0", core: "4", modelName: "rv64imafdc" }]],
      ["system type : MIPS\nprocessor : 0\ncpu model : 24Kc\n", [{ cpu: "0", vendor: "MIPS", modelName: "24Kc" }]],
    ] as const
  ) {
    const cpus = parseCpuinfo(text);
    assert.equal(cpus.length, expected.length);
    for (const [i, fields] of expected.entries()) assert.deepEqual({ ...cpus[i], ...fields }, cpus[i]);
  }
});

Deno.test("parseCpuinfo: quotes the line that breaks the format", () => {
  for (const line of ["processor : x", "processor :", "cpu MHz : fast", "cpu MHz : 1.2.3"]) {
    assert.throws(() => parseCpuinfo(`processor : 0\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/cpuinfo": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parseCpuinfo(""), { name: "SyntaxError" });
});

Deno.test("parseCpuinfo: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(X86), (text) => {
    for (const { megahertz } of parsedOrRefused(parseCpuinfo, text) ?? []) assert(Number.isFinite(megahertz));
  }));
});
