/* Sends what a shop's server sends, by Segment's client for Node. */

import { createRequire } from "node:module";

const [folder, writeKey, host] = process.argv.slice(2);
const { Analytics } = createRequire(`${folder}/`)("@segment/analytics-node");

const ORDERS = 240;
const errors = [];
const requests = [];
const analytics = new Analytics({ writeKey, host });
analytics.on("error", (error) => errors.push(String(error.reason ?? error)));
analytics.on("http_request", (request) => requests.push(request.url));

for (let number = 0; number < ORDERS; number += 1) {
  analytics.track({
    userId: `u${number}`,
    event: "Order Completed",
    properties: { total: 39.95, odd: NaN, half: "\ud800", nul: "a\0b" },
    timestamp: new Date("2026-01-02T03:00:00Z"),
  });
}
analytics.identify({ userId: "u1", traits: { email: "ana@example.com" } });
analytics.page({ userId: "u1", name: "Home", category: "Docs" });
analytics.screen({ anonymousId: "a1", name: "Start" });
analytics.group({ userId: "u1", groupId: "acme", traits: { name: "Acme" } });
analytics.alias({ userId: "u1", previousId: "a1" });
// More than the client believes it sends at once.
analytics.track({ userId: "u1", event: "Large", properties: { text: "y".repeat(40_000) } });
await analytics.closeAndFlush();

console.log(JSON.stringify({ sent: ORDERS + 6, errors, requests: requests.length }));
