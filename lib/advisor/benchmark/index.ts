/** Latency benchmarks: how fast an endpoint answers. See README.md; workers/benchmarks sends the requests. */
export { cancelBenchmark } from "./cancel-benchmark";
export { estimateBenchmark } from "./estimate-benchmark";
export { finishBenchmark, type BenchmarkEnd } from "./finish-benchmark";
export { costOfTokens, promptFor } from "./plan";
export { benchmarkCsv, compareBenchmarks, getBenchmark, listBenchmarks } from "./read-benchmarks";
export { startBenchmark } from "./start-benchmark";
export { claimBenchmark, leaveBenchmark, readSamples, storeSample, type ClaimedBenchmark } from "./store";
