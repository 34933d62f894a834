// A collector for an executable: `sonde --plugin examples/dice_plugin.js`. An executable holds no packages to import, so the
// module exports a function that gets what it would import.

export default ({ defineCollector, z }) =>
  defineCollector({
    name: "dice",
    help: "A die thrown at each scrape.",
    freshnessSeconds: 0.1,
    options: z.strictObject({
      sides: z.int().min(2).default(6).describe("Sides of the die."),
    }),
    metrics: { dice_eyes: { type: "gauge", help: "Eyes of the last throw." } },
    read: ({ options }) => 1 + Math.floor(Math.random() * options.sides),
    samples: (eyes, emit) => emit("dice_eyes", eyes),
  });
