/**
 * The list of collectors, and the only one: where two offer the same series, the earlier has it.
 *
 * @module
 */

import type { AnyCollector } from "../src/collector.ts";
import arp from "./arp.ts";
import bcache from "./bcache.ts";
import bcachefs from "./bcachefs.ts";
import bonding from "./bonding.ts";
import btrfs from "./btrfs.ts";
import buddyinfo from "./buddyinfo.ts";
import cgroups from "./cgroups.ts";
import conntrack from "./conntrack.ts";
import cpu from "./cpu.ts";
import cpuVulnerabilities from "./cpu_vulnerabilities.ts";
import cpufreq from "./cpufreq.ts";
import diskstats from "./diskstats.ts";
import dmi from "./dmi.ts";
import dmmultipath from "./dmmultipath.ts";
import dns from "./dns.ts";
import drbd from "./drbd.ts";
import drm from "./drm.ts";
import edac from "./edac.ts";
import entropy from "./entropy.ts";
import fibrechannel from "./fibrechannel.ts";
import filefd from "./filefd.ts";
import filesystem from "./filesystem.ts";
import grpc from "./grpc.ts";
import http from "./http.ts";
import hwmon from "./hwmon.ts";
import icmp from "./icmp.ts";
import infiniband from "./infiniband.ts";
import interrupts from "./interrupts.ts";
import ipvs from "./ipvs.ts";
import kernelHung from "./kernel_hung.ts";
import ksmd from "./ksmd.ts";
import lnstat from "./lnstat.ts";
import loadavg from "./loadavg.ts";
import mdadm from "./mdadm.ts";
import meminfo from "./meminfo.ts";
import meminfoNuma from "./meminfo_numa.ts";
import mountstats from "./mountstats.ts";
import netclass from "./netclass.ts";
import netdev from "./netdev.ts";
import netstat from "./netstat.ts";
import networkRoute from "./network_route.ts";
import nfs from "./nfs.ts";
import nfsd from "./nfsd.ts";
import nodeScrape from "./node_scrape.ts";
import nvme from "./nvme.ts";
import os from "./os.ts";
import pcidevice from "./pcidevice.ts";
import powersupplyclass from "./powersupplyclass.ts";
import pressure from "./pressure.ts";
import probe from "./probe.ts";
import processes from "./processes.ts";
import qdisc from "./qdisc.ts";
import rapl from "./rapl.ts";
import schedstat from "./schedstat.ts";
import self from "./self.ts";
import selinux from "./selinux.ts";
import slabinfo from "./slabinfo.ts";
import sockstat from "./sockstat.ts";
import softirqs from "./softirqs.ts";
import softnet from "./softnet.ts";
import stat from "./stat.ts";
import swap from "./swap.ts";
import sysctl from "./sysctl.ts";
import tapestats from "./tapestats.ts";
import tcp from "./tcp.ts";
import tcpstat from "./tcpstat.ts";
import textfile from "./textfile.ts";
import thermalZone from "./thermal_zone.ts";
import time from "./time.ts";
import timex from "./timex.ts";
import udpQueues from "./udp_queues.ts";
import uname from "./uname.ts";
import uptime from "./uptime.ts";
import unix from "./unix.ts";
import usage from "./usage.ts";
import usageDisk from "./usage_disk.ts";
import usageFilesystem from "./usage_filesystem.ts";
import usageNetwork from "./usage_network.ts";
import vmstat from "./vmstat.ts";
import watchdog from "./watchdog.ts";
import websocket from "./websocket.ts";
import xfrm from "./xfrm.ts";
import xfs from "./xfs.ts";
import zfs from "./zfs.ts";
import zoneinfo from "./zoneinfo.ts";

/**
 * All collectors that come with Sonde.
 *
 * @example
 * ```ts
 * import { collectors, createExporter } from "@sonde/sonde";
 *
 * const exporter = createExporter(collectors, { collectors: { http: false } });
 * exporter.start();
 * const page = await exporter.handler(new Request("http://localhost/metrics"));
 * console.log(await page.text());
 * await exporter.stop();
 * ```
 */
export const collectors: readonly AnyCollector[] = [
  stat,
  cpu,
  meminfo,
  loadavg,
  uptime,
  usage,
  http,
  tcp,
  dns,
  icmp,
  grpc,
  unix,
  websocket,
  self,
  nodeScrape,
  arp,
  bcache,
  bcachefs,
  bonding,
  btrfs,
  buddyinfo,
  cgroups,
  conntrack,
  cpufreq,
  cpuVulnerabilities,
  diskstats,
  dmi,
  dmmultipath,
  drbd,
  drm,
  edac,
  entropy,
  fibrechannel,
  filefd,
  filesystem,
  hwmon,
  infiniband,
  interrupts,
  ipvs,
  kernelHung,
  ksmd,
  lnstat,
  mdadm,
  meminfoNuma,
  mountstats,
  netclass,
  netdev,
  netstat,
  networkRoute,
  nfs,
  nfsd,
  nvme,
  os,
  pcidevice,
  powersupplyclass,
  pressure,
  probe,
  processes,
  qdisc,
  rapl,
  schedstat,
  selinux,
  slabinfo,
  sockstat,
  softirqs,
  softnet,
  swap,
  sysctl,
  tapestats,
  tcpstat,
  thermalZone,
  time,
  timex,
  udpQueues,
  uname,
  vmstat,
  watchdog,
  xfrm,
  xfs,
  zfs,
  zoneinfo,
  usageDisk,
  usageFilesystem,
  usageNetwork,
  textfile,
];
