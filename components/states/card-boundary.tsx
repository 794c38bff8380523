"use client";
import { Component, type ReactNode } from "react";
import { ErrorState } from "./error-state";

/** A card whose drawing fails says so in its own frame; the rest of the page stays. */
export class CardBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    if (this.state.error === undefined) return this.props.children;
    return <ErrorState error={this.state.error} title="This card failed" onRetry={() => this.setState({ error: undefined })} />;
  }
}
