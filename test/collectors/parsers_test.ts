/** Collectors of names a to m, on hosts of which one file is damaged. */

import arp from "../../collectors/arp.ts";
import bcache from "../../collectors/bcache.ts";
import bcachefs from "../../collectors/bcachefs.ts";
import bonding from "../../collectors/bonding.ts";
import btrfs from "../../collectors/btrfs.ts";
import buddyinfo from "../../collectors/buddyinfo.ts";
import cgroups from "../../collectors/cgroups.ts";
import conntrack from "../../collectors/conntrack.ts";
import cpu from "../../collectors/cpu.ts";
import cpuVulnerabilities from "../../collectors/cpu_vulnerabilities.ts";
import cpufreq from "../../collectors/cpufreq.ts";
import diskstats from "../../collectors/diskstats.ts";
import dmi from "../../collectors/dmi.ts";
import dmmultipath from "../../collectors/dmmultipath.ts";
import drbd from "../../collectors/drbd.ts";
import drm from "../../collectors/drm.ts";
import edac from "../../collectors/edac.ts";
import entropy from "../../collectors/entropy.ts";
import fibrechannel from "../../collectors/fibrechannel.ts";
import filefd from "../../collectors/filefd.ts";
import filesystem from "../../collectors/filesystem.ts";
import hwmon from "../../collectors/hwmon.ts";
import infiniband from "../../collectors/infiniband.ts";
import interrupts from "../../collectors/interrupts.ts";
import ipvs from "../../collectors/ipvs.ts";
import kernelHung from "../../collectors/kernel_hung.ts";
import ksmd from "../../collectors/ksmd.ts";
import lnstat from "../../collectors/lnstat.ts";
import loadavg from "../../collectors/loadavg.ts";
import mdadm from "../../collectors/mdadm.ts";
import meminfo from "../../collectors/meminfo.ts";
import meminfoNuma from "../../collectors/meminfo_numa.ts";
import mountstats from "../../collectors/mountstats.ts";
import { testDamaged } from "./damaged_host.ts";

testDamaged(arp, {
  "/proc/net/arp": "IP address       HW type     Flags       HW address            Mask     Device\n" +
    "192.168.1.1      0x1         0x2         cc:aa:dd:ee:aa:bb     *        eth0\n",
});
testDamaged(bcache, {
  "/sys/fs/bcache/dead-beef/btree_cache_size": "1.1M\n",
  "/sys/fs/bcache/dead-beef/bdev0/writeback_rate_debug": "rate:\t\t1.1M/sec\ntarget:\t20.4G\nproportional:\t-427.5k\n",
  "/sys/fs/bcache/dead-beef/bdev0/stats_total/cache_hits": "546\n",
  "/sys/fs/bcache/dead-beef/cache0/priority_stats": "Unused:\t\t99%\nMetadata:\t3%\n",
}, { priorityStats: true });
testDamaged(bcachefs, {
  "/sys/fs/bcachefs/dead-beef/btree_cache_size": "2.05G\n",
  "/sys/fs/bcachefs/dead-beef/counters/fsync": "since mount:    475G\nsince filesystem creation:   44.5k\n",
  "/sys/fs/bcachefs/dead-beef/btree_write_stats": "             nr        size\ninitial:     3298401   100k\n",
  "/sys/fs/bcachefs/dead-beef/dev-6/io_done": "read:\nsb          :       86016\nwrite:\nsb          :      677376\n",
  "/sys/fs/bcachefs/dead-beef/dev-6/io_errors": "IO errors since filesystem creation\n  read:    5\n",
});
testDamaged(bonding, {
  "/sys/class/net/bonding_masters": "bond0\n",
  "/sys/class/net/bond0/bonding/slaves": "eth0 eth1\n",
  "/sys/class/net/bond0/lower_eth0/bonding_slave/mii_status": "up\n",
});
testDamaged(btrfs, {
  "/sys/fs/btrfs/0abb-23a9/label": "my data\n",
  "/sys/fs/btrfs/0abb-23a9/commit_stats": "commits 3\nlast_commit_ms 1\nmax_commit_ms 51462\n",
  "/sys/fs/btrfs/0abb-23a9/allocation/data/raid1/total_bytes": "10\n",
  "/sys/fs/btrfs/0abb-23a9/devices/sda/size": "2\n",
});
testDamaged(buddyinfo, {
  "/proc/buddyinfo": "Node 0, zone      DMA      1      0      1\nNode 0, zone   Normal   4381   1093    185\n",
});
testDamaged(cgroups, {
  "/proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t5\t47\t1\nrdma\t4\t1\t0\n",
});
testDamaged(conntrack, {
  "/proc/sys/net/netfilter/nf_conntrack_count": "123\n",
  "/proc/sys/net/netfilter/nf_conntrack_max": "65536\n",
  "/proc/net/stat/nf_conntrack": "entries  searched found new invalid\n00000021  00000000 00000003 00000000 0000588a\n",
});
testDamaged(cpu, {
  "/proc/stat": "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\nctxt 5\nbtime 1\n",
  "/proc/cpuinfo": "processor\t: 0\nmodel name\t: Intel\ncpu MHz\t\t: 799.998\nflags\t\t: fpu aes\nbugs\t\t: mds\n\n",
  "/sys/devices/system/cpu/isolated": "1,3-5\n",
  "/sys/devices/system/cpu/cpu0/online": "1\n",
  "/sys/devices/system/cpu/cpu0/topology/core_id": "0\n",
  "/sys/devices/system/cpu/cpu0/topology/physical_package_id": "0\n",
  "/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "5\n",
}, { info: true });
testDamaged(cpuVulnerabilities, { "/sys/devices/system/cpu/vulnerabilities/mds": "Mitigation: a; SMT vulnerable\n" });
testDamaged(cpufreq, {
  "/sys/devices/system/cpu/offline": "2-3\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_cur_freq": "1699981\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/scaling_available_governors": "performance powersave\n",
});
testDamaged(diskstats, {
  "/proc/diskstats": "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n   8   1 sda1 1 2 3 4\n",
  "/run/udev/data/b8:0": "E:ID_MODEL=x\nE:ID_ATA=1\nE:ID_ATA_ROTATION_RATE_RPM=7200\n",
  "/sys/block/sda/queue/rotational": "1\n",
});
testDamaged(dmi, { "/sys/class/dmi/id/bios_date": "04/12/2021\n", "/sys/class/dmi/id/sys_vendor": "Dell Inc.\n" });
testDamaged(dmmultipath, {
  "/sys/block/dm-5/dm/uuid": "mpath-36\n",
  "/sys/block/dm-5/dm/name": "data\n",
  "/sys/block/dm-5/dm/suspended": "1\n",
  "/sys/block/dm-5/size": "4\n",
  "/sys/block/dm-5/slaves/sda/x": "",
});
testDamaged(drbd, {
  "/proc/drbd":
    "version: 8.4.3 (api:1/proto:86-101)\n\n 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n" +
    "    ns:2 nr:3 dw:4 ep:1 wo:f oos:4\n",
});
testDamaged(drm, {
  "/sys/class/drm/card0/device/uevent": "DRIVER=amdgpu\nPCI_ID=1002:1\n",
  "/sys/class/drm/card0/device/gpu_busy_percent": "4\n",
});
testDamaged(edac, {
  "/sys/devices/system/edac/mc/mc0/ce_count": "1\n",
  "/sys/devices/system/edac/mc/mc0/ce_noinfo_count": "2\n",
  "/sys/devices/system/edac/mc/mc0/ue_count": "5\n",
  "/sys/devices/system/edac/mc/mc0/ue_noinfo_count": "6\n",
  "/sys/devices/system/edac/mc/mc0/csrow0/ce_count": "3\n",
  "/sys/devices/system/edac/mc/mc0/csrow0/ue_count": "4\n",
  "/sys/devices/system/edac/mc/mc0/csrow0/ch0_ce_count": "7\n",
  "/sys/devices/system/edac/mc/mc0/csrow0/ch0_dimm_label": "mc#0csrow#0channel#0\n",
});
testDamaged(entropy, {
  "/proc/sys/kernel/random/entropy_avail": "256\n",
  "/proc/sys/kernel/random/poolsize": "4096\n",
});
testDamaged(fibrechannel, {
  "/sys/class/fc_host/host0/port_id": "0x000002\n",
  "/sys/class/fc_host/host0/statistics/nos_count": "0x12\n",
});
testDamaged(filefd, { "/proc/sys/fs/file-nr": "1024\t0\t1631329\n" });
testDamaged(filesystem, {
  "/proc/1/mountinfo":
    "29 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n30 29 0:22 /x /a\\040b ro - xfs /dev/y rw\n",
});
testDamaged(hwmon, {
  "/sys/class/hwmon/hwmon4/name": "nct6779\n",
  "/sys/class/hwmon/hwmon4/temp1_input": "-5500\n",
  "/sys/class/hwmon/hwmon4/temp1_label": "Core 0\n",
});
testDamaged(infiniband, {
  "/sys/class/infiniband/mlx5_0/ports/1/state": "4: ACTIVE\n",
  "/sys/class/infiniband/mlx5_0/ports/1/rate": "2.5 Gb/sec (1X SDR)\n",
  "/sys/class/infiniband/mlx5_0/ports/1/counters/port_rcv_data": "100\n",
  "/sys/class/infiniband/mlx5_0/ports/1/hw_counters/lifespan": "10\n",
});
testDamaged(interrupts, {
  "/proc/interrupts": "           CPU0       CPU1\n 16:          1          2  IR-IO-APIC-fasteoi   ehci_hcd:usb1\n" +
    "LOC:  174326351  135776678   Local timer interrupts\nERR:          0\n",
});
testDamaged(ipvs, {
  "/proc/net/ip_vs_stats":
    "   Total Incoming Outgoing\n   Conns  Packets  Packets\n 16AA370 E33656E5  0  51D8C8883AB3  0\n",
  "/proc/net/ip_vs": "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n" +
    "TCP  C0A80016:0CEA wlc\n  -> C0A85216:0CEA      Tunnel  100    248        2\n",
});
testDamaged(kernelHung, { "/proc/sys/kernel/hung_task_detect_count": "42\n" });
testDamaged(ksmd, { "/sys/kernel/mm/ksm/run": "1\n", "/sys/kernel/mm/ksm/general_profit": "-64\n" });
testDamaged(lnstat, { "/proc/net/stat/arp_cache": "entries  allocs\n00000014  00000001\n00000014  0000000d\n" });
testDamaged(loadavg, { "/proc/loadavg": "0.21 0.37 0.39 1/719 19737\n" });
testDamaged(mdadm, {
  "/proc/mdstat": "Personalities : [raid1]\nmd0 : active raid1 sdb2[2](F) sda2[0]\n" +
    "      195310144 blocks super 1.2 [2/1] [U_]\n      [=>....]  recovery =  8.5% (16775552/195310144) finish=17.0min\n",
  "/sys/block/md0/md/raid_disks": "2\n",
  "/sys/block/md0/md/degraded": "1\n",
});
testDamaged(meminfo, {
  "/proc/meminfo": "MemTotal:       16042172 kB\nActive(anon):          3 kB\nHugePages_Free:     3\n",
});
testDamaged(meminfoNuma, {
  "/sys/devices/system/node/node0/meminfo": "Node 0 MemTotal:       134 kB\nNode 0 HugePages_Free:     3\n",
  "/sys/devices/system/node/node0/numastat": "numa_hit 193460335812\nlocal_node 7\n",
});
testDamaged(mountstats, {
  "/proc/self/mountstats": "device srv:/data mounted on /a with fstype nfs4 statvers=1.1\n\tage:\t13968\n" +
    "\tbytes:\t1 2 3 4 5 6 7 8\n\txprt:\ttcp 832 0 1 0 11 6428\n\tper-op statistics\n\tREAD: 1298 1298 0 2 3 4 5 6\n",
  "/proc/self/mountinfo": "1 2 0:1 / /a rw - nfs4 srv:/data rw,addr=10.0.0.1\n",
});
