import { Page } from "@/components/layout/page";
import { EmptyState } from "@/components/states";

export default function NotFound() {
  return (
    <Page title="Not found">
      <EmptyState
        title="There is nothing here"
        why="The address is wrong, the thing was removed, or it belongs to a tenant that you do not see."
        action={{ label: "Go to the overview", href: "/" }}
      />
    </Page>
  );
}
