// Asks one question about a record, and holds its answer.

import { onUnmounted, ref, type Ref } from "vue";

import { explain, type Explanation } from "./api";

export interface Asked {
  explanation: Ref<Explanation | null>;
  problem: Ref<string | null>;
  isAsking: Ref<boolean>;
  ask(question: string): Promise<void>;
}

export function useExplanation(school: () => string): Asked {
  const explanation = ref<Explanation | null>(null);
  const problem = ref<string | null>(null);
  const isAsking = ref(false);
  let request = new AbortController();
  onUnmounted(() => request.abort());

  const ask = async (question: string) => {
    request.abort();
    request = new AbortController();
    const { signal } = request;
    [explanation.value, problem.value, isAsking.value] = [null, null, true];
    try {
      const answer = await explain(school(), question, signal);
      if (!signal.aborted) explanation.value = answer;
    } catch (error) {
      if (!signal.aborted) problem.value = (error as Error).message;
    }
    if (!signal.aborted) isAsking.value = false;
  };
  return { explanation, problem, isAsking, ask };
}
