/**
 * A page of an exporter, and what can be wrong with another's beside it.
 *
 * @module
 */

/** As an exporter shows it. */
export const PAGE = `# HELP test_boot_time_seconds Boot.
# TYPE test_boot_time_seconds gauge
test_boot_time_seconds 1.7e+09
# HELP test_cpu_seconds_total Time.
# TYPE test_cpu_seconds_total counter
test_cpu_seconds_total{cpu="0",mode="idle"} 100
test_cpu_seconds_total{cpu="0",mode="user"} 50
test_cpu_seconds_total{cpu="1",mode="idle"} 90
# HELP test_disk_bytes Size.
# TYPE test_disk_bytes gauge
test_disk_bytes{device="sda"} 5e+09
test_disk_bytes{device="sdb"} NaN
# HELP test_forks_total Forks.
# TYPE test_forks_total counter
test_forks_total 4000
# HELP test_info Build.
# TYPE test_info gauge
test_info{branch="x",version="1"} 1
# HELP test_latency_seconds Latency.
# TYPE test_latency_seconds histogram
test_latency_seconds_bucket{le="0.1"} 5
test_latency_seconds_bucket{le="1.0"} 7
test_latency_seconds_bucket{le="+Inf"} 9
test_latency_seconds_sum 12.5
test_latency_seconds_count 9
# HELP test_limit Limit.
# TYPE test_limit gauge
test_limit +Inf
# HELP test_queue Queue.
# TYPE test_queue summary
test_queue{quantile="0.5"} 3
test_queue_sum 30
test_queue_count 10
# HELP test_sockets Sockets.
# TYPE test_sockets untyped
test_sockets{state="open"} 12
# HELP test_temperature_celsius Temperature.
# TYPE test_temperature_celsius gauge
test_temperature_celsius -4.5
`;

/** One fault: what it does to {@linkcode PAGE}, and what is then said, and nothing besides. */
export interface Fault {
  readonly name: string;
  readonly from: string | RegExp;
  readonly to: string;
  readonly said: readonly string[];
}

/** One fault of each sort. */
export const FAULTS: readonly Fault[] = [
  {
    name: "missing family",
    from: /# HELP test_boot.*\n.*\n.*\n/,
    to: "",
    said: ["missing family test_boot_time_seconds (gauge, 1 series)"],
  },
  {
    name: "wrong type",
    from: "TYPE test_forks_total counter",
    to: "TYPE test_forks_total gauge",
    said: ["type test_forks_total: expected counter, is gauge"],
  },
  {
    name: "type left out",
    from: "# TYPE test_temperature_celsius gauge\n",
    to: "",
    said: ["type test_temperature_celsius: expected gauge, is untyped"],
  },
  {
    name: "wrong help",
    from: "Forks.",
    to: "Forks since boot.",
    said: ['help test_forks_total: expected "Forks.", is "Forks since boot."'],
  },
  {
    name: "help left out",
    from: "# HELP test_info Build.\n",
    to: "",
    said: ['help test_info: expected "Build.", is ""'],
  },
  {
    name: "missing label",
    from: 'test_info{branch="x",version="1"}',
    to: 'test_info{version="1"}',
    said: ["labels test_info: expected test_info{branch,version}, is test_info{version}"],
  },
  {
    name: "renamed label",
    from: /test_cpu_seconds_total\{cpu=/g,
    to: "test_cpu_seconds_total{core=",
    said: [
      "labels test_cpu_seconds_total: expected test_cpu_seconds_total{cpu,mode}, is test_cpu_seconds_total{core,mode}",
    ],
  },
  {
    name: "superfluous label",
    from: "test_limit +Inf",
    to: 'test_limit{of="files"} +Inf',
    said: ["labels test_limit: expected test_limit{}, is test_limit{of}"],
  },
  {
    name: "missing series",
    from: 'test_cpu_seconds_total{cpu="1",mode="idle"} 90\n',
    to: "",
    said: ['missing series test_cpu_seconds_total{cpu="1",mode="idle"}'],
  },
  {
    name: "extra series",
    from: "# HELP test_forks",
    to: 'test_disk_bytes{device="sdc"} 1\n# HELP test_forks',
    said: ['extra series test_disk_bytes{device="sdc"}'],
  },
  {
    name: "other value of a label",
    from: 'state="open"',
    to: 'state="opened"',
    said: ['missing series test_sockets{state="open"}', 'extra series test_sockets{state="opened"}'],
  },
  {
    name: "series twice",
    from: "test_forks_total 4000\n",
    to: "test_forks_total 4000\ntest_forks_total 4000\n",
    said: ["twice test_forks_total"],
  },
  {
    name: "counter behind",
    from: "test_forks_total 4000",
    to: "test_forks_total 3999",
    said: ["value test_forks_total: expected 4000, is 3999"],
  },
  {
    name: "counter of seconds ahead",
    from: 'mode="user"} 50',
    to: 'mode="user"} 50.2',
    said: ['value test_cpu_seconds_total{cpu="0",mode="user"}: expected 50, is 50.2'],
  },
  {
    name: "gauge off",
    from: "celsius -4.5",
    to: "celsius -4.4",
    said: ["value test_temperature_celsius: expected -4.5, is -4.4"],
  },
  {
    name: "sign",
    from: "celsius -4.5",
    to: "celsius 4.5",
    said: ["value test_temperature_celsius: expected -4.5, is 4.5"],
  },
  {
    name: "NaN for a number",
    from: "1.7e+09",
    to: "NaN",
    said: ["value test_boot_time_seconds: expected 1700000000, is NaN"],
  },
  {
    name: "number for NaN",
    from: "NaN",
    to: "0",
    said: ['value test_disk_bytes{device="sdb"}: expected NaN, is 0'],
  },
  {
    name: "number for infinity",
    from: "test_limit +Inf",
    to: "test_limit 1.8e+19",
    said: ["value test_limit: expected Infinity, is 18000000000000000000"],
  },
  {
    name: "unit",
    from: "5e+09",
    to: "5e+06",
    said: ['value test_disk_bytes{device="sda"}: expected 5000000000, is 5000000, 1/1000 of that'],
  },
  {
    name: "milliseconds",
    from: "1.7e+09",
    to: "1.7e+12",
    said: ["value test_boot_time_seconds: expected 1700000000, is 1700000000000, 1000 times that"],
  },
  {
    name: "bucket missing",
    from: 'test_latency_seconds_bucket{le="1.0"} 7\n',
    to: "",
    said: ['missing series test_latency_seconds_bucket{le="1"}'],
  },
  {
    name: "bucket off",
    from: 'le="0.1"} 5',
    to: 'le="0.1"} 6',
    said: ['value test_latency_seconds_bucket{le="0.1"}: expected 5, is 6'],
  },
  {
    name: "histogram's sum missing",
    from: "test_latency_seconds_sum 12.5\n",
    to: "",
    said: ["labels test_latency_seconds: expected test_latency_seconds_sum{}, is none such"],
  },
  {
    name: "quantile off",
    from: 'quantile="0.5"} 3',
    to: 'quantile="0.5"} 4',
    said: ['value test_queue{quantile="0.5"}: expected 3, is 4'],
  },
  {
    name: "summary's count off",
    from: "test_queue_count 10",
    to: "test_queue_count 11",
    said: ["value test_queue_count: expected 10, is 11"],
  },
];
