export { findAddress, MAIL_PORTS, requireOutboundHost, WEB_PORTS, type OutboundPolicy } from "./find-address";
export { OutboundTimeout, requireOutboundUrl, sendOutbound } from "./send-outbound";
