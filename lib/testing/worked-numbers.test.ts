/**
 * Where each worked number of the product's money is a test. The list is the map; the test holds it to the tree, so that a
 * number cannot lose its test without somebody noticing.
 */
import { holdNumbers, type WorkedNumber } from "./worked-numbers";

const NUMBERS: readonly WorkedNumber[] = [
  ["o3, 1M in and 1k out, before and after its price cut", "lib/pricing/rate.test.ts", '["10.04", "2.008"]'],
  ["the same through stored price rows", "lib/pricing/load.test.ts", '["10.04", "2.008"]'],
  ["batch is half", "lib/pricing/rate.test.ts", 'factor: "0.5"'],
  ["golden pool, busy time by work", "lib/allocation/allocate-hour.test.ts", "6.3496", "4.0567", "0.7937"],
  ["golden pool, idle by weight", "lib/allocation/allocate-hour.test.ts", "15.8740", "10.1417", "1.9843"],
  ["golden pool, idle of nobody", "lib/allocation/allocate-hour.test.ts", "16.8000"],
  ["golden pool, every idle mode", "lib/pricing/allocate.test.ts", "3.1748", "11.2000"],
  ["8 GPUs for an hour, 40 % busy", "lib/pricing/gpu.test.ts", '["11.2", "16.8"]'],
  ["reserved: upfront ÷ term + hourly; unused hours", "lib/allocation/allocate-hour.test.ts", "140160", 'toNanoUsd("12")'],
  ["owned: capex ÷ life + kWh × PUE × tariff", "lib/allocation/allocate-hour.test.ts", "262800", '"10.6"'],
  [
    "MIG by slice share, time-slicing by the larger share",
    "lib/allocation/allocate-hour.test.ts",
    '"3.0000"',
    '"3.5000", "2.8000"',
  ],
  ["64 GPUs for a month: kWh, dollars, carbon", "lib/pricing/energy.test.ts", "19353.6", "25159.7", "2515.97", "8805.9"],
  ["a rate per 1M tokens against an API", "lib/allocation/break-even.test.ts", '"0.056"', "500000000"],
  [
    "$7,300 → $6,300: volume, mix, price",
    "lib/metrics/waterfall/explain-change.test.ts",
    "usd(3_650)",
    "usd(-4_050)",
    "usd(-600)",
  ],
  ["a tenth of it, from stored events", "lib/metrics/waterfall/run-waterfall.test.ts", "volume: 365", "mix: -405", "price: -60"],
  [
    "drivers: tokens per request, cache, retries",
    "lib/metrics/waterfall/explain-change.test.ts",
    "tokens: usd(100)",
    "retries: usd(50)",
  ],
  ["$100.00 over three", "lib/money/money.test.ts", "3334n, 3333n, 3333n"],
  ["$161,280.00 over 5:3:2:7", "lib/money/money.test.ts", "4_743_529n"],
];

holdNumbers("money", NUMBERS);
