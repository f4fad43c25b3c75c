#include "core/pipeline/tasks/put_model.hpp"

namespace goldilocks::pipeline {

store::Artifact put_model(store::Store& store, const std::string& key, const formats::Model& model,
                          std::string_view notes) {
  if (!model.is_folder()) return store.put(key, model.serialize(), notes);
  store::Draft draft = store.create_folder(key);
  model.write(draft.folder());
  return draft.commit(notes);
}

}  // namespace goldilocks::pipeline
