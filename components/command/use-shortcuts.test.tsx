import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { useShortcuts } from "./use-shortcuts";

const push = vi.hoisted(() => vi.fn<(href: string) => void>());
vi.mock("next/navigation", () => ({ useRouter: () => ({ push }) }));
const onPalette = vi.fn<() => void>();
const onHelp = vi.fn<() => void>();

function Page() {
  useShortcuts({ onPalette, onHelp });
  return <input aria-label="Search" />;
}

beforeEach(() => {
  vi.clearAllMocks();
  render(<Page />);
});

it("opens the palette with ⌘K and Ctrl+K, even while typing", () => {
  fireEvent.keyDown(screen.getByLabelText("Search"), { key: "k", metaKey: true });
  fireEvent.keyDown(window, { key: "K", ctrlKey: true });
  expect(onPalette).toHaveBeenCalledTimes(2);
});

it("lists the keys with ? and goes to pages with g", async () => {
  await userEvent.keyboard("?ge");
  expect(onHelp).toHaveBeenCalledOnce();
  expect(push).toHaveBeenCalledWith("/explore");
});

it("rests while somebody types", async () => {
  await userEvent.type(screen.getByLabelText("Search"), "?ge");
  expect(onHelp).not.toHaveBeenCalled();
  expect(push).not.toHaveBeenCalled();
});
