import { describe, expect, it } from "vitest";
import { energyCost, kwhOfMillijoules, kwhOfPower } from "./energy";

describe("energy", () => {
  it("64 GPUs of 0.7 kW at 60 % for 720 h: 19,353.6 kWh; PUE 1.3, $0.10 and 0.35 kg: 25,159.7 kWh, $2,515.97, 8,805.9 kg", () => {
    const kwh = kwhOfPower({ gpus: 64, kwEach: "0.7", load: "0.6", hours: 720 });
    expect(kwh.toFixed()).toBe("19353.6");
    const { facilityKwh, costUsd, carbonKg } = energyCost(kwh, { pue: "1.3", usdPerKwh: "0.10", kgCo2PerKwh: "0.35" });
    expect([facilityKwh.toFixed(1), costUsd.toFixed(2), carbonKg.toFixed(1)]).toEqual(["25159.7", "2515.97", "8805.9"]);
  });
  it("3.6e9 millijoules are one kWh", () => {
    expect(kwhOfMillijoules(9_000_000_000n).toFixed()).toBe("2.5");
  });
});
