import { BaselinesCard } from "./baselines-card";
import { CampaignsCard } from "./campaigns-card";
import { ChecklistCard } from "./checklist-card";
import { PlaybookCard } from "./playbook-card";
import { ReviewsCard } from "./reviews-card";

/** In which order, how far, and what keeps it from eroding. */
export function PlaybooksPage() {
  return (
    <>
      <PlaybookCard />
      <CampaignsCard />
      <BaselinesCard />
      <ChecklistCard />
      <ReviewsCard />
    </>
  );
}
