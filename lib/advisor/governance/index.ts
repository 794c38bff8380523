/** What keeps savings from eroding: baselines, campaigns, documented choices, quarterly reviews. See README.md. */
export { createBaseline, deleteBaseline, listBaselines } from "./baselines";
export { createCampaign, deleteCampaign, listCampaigns } from "./campaigns";
export { documentChoice, listChecklist } from "./checklist";
export { listReviews, recordReview } from "./reviews";
